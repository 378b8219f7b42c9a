package io.holdfast.sim;

/**
 * Pages of a process's memory, given by IOMMU_IOAS_MAP: anonymous, or those of a file the process
 * has mapped.
 */
final class UserPages extends Pages {
  private final AddressSpace space;
  private final long start;

  /** {@code start} is page-aligned. */
  UserPages(SimulatedKernel kernel, SimulatedProcess owner, long start, boolean writable) {
    super(kernel, owner, writable);
    this.space = owner.addressSpace();
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
  void resolve(long first, int count, int[] frames) {
    for (int i = 0; i < count; i++) {
      long at = start + ((first + i) << PhysicalMemory.PAGE_SHIFT);
      frames[i] = space.frameAt(at, isWritable());
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
