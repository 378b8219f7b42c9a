package io.holdfast.sim;

/**
 * Pages of a process's memory, given by IOMMU_IOAS_MAP: anonymous, or those of a file the process
 * has mapped.
 */
final class UserPages extends Pages {
  private final AddressSpace space;
  private final long start;

  /** {@code start} is page-aligned. */
  UserPages(
      SimulatedKernel kernel,
      Credentials owner,
      AddressSpace space,
      long start,
      long count,
      boolean writable) {
    super(kernel, owner, count, writable);
    this.space = space;
    this.start = start;
  }

  @Override
  void check(long first, long count) {
    space.check(
        start + (first << PhysicalMemory.PAGE_SHIFT),
        count << PhysicalMemory.PAGE_SHIFT,
        isWritable());
  }

  @Override
  void resolve(int first, int count, int[] frames) {
    for (int i = first; i < first + count; i++) {
      frames[i] = space.frameAt(start + ((long) i << PhysicalMemory.PAGE_SHIFT), isWritable());
    }
  }

  @Override
  long address() {
    return start;
  }

  @Override
  void release() {
    // The frames are the process's.
  }

  @Override
  FrameOwner frameOwner() {
    return space;
  }

  @Override
  long firstIndex() {
    return start >>> PhysicalMemory.PAGE_SHIFT;
  }
}
