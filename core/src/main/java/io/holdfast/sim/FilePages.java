package io.holdfast.sim;

import io.holdfast.sys.Errno;

/** Pages of a file, given by IOMMU_IOAS_MAP_FILE; only a memfd's can be pinned. */
final class FilePages extends Pages {
  private final OpenFile file;
  private final long start;

  /** {@code start} is page-aligned. */
  FilePages(
      SimulatedKernel kernel,
      Credentials owner,
      OpenFile file,
      long start,
      int count,
      boolean writable) {
    super(kernel, owner, count, writable);
    this.file = file;
    this.start = start;
    file.hold();
  }

  @Override
  void resolve(int first, int count, int[] frames) {
    if (!(file instanceof MemfdFile memfd)) {
      throw Failure.of(Errno.EINVAL);
    }
    MemoryFile memory = memfd.memory();
    long firstPage = (start >> PhysicalMemory.PAGE_SHIFT) + first;
    if ((firstPage + count) << PhysicalMemory.PAGE_SHIFT > memory.size()) {
      throw Failure.of(Errno.EINVAL);
    }
    if (memory.isHugetlb()) {
      throw Failure.of(Errno.ENOMEM);
    }
    memory.populate((int) firstPage, count);
    System.arraycopy(memory.frames(), (int) firstPage, frames, first, count);
  }

  @Override
  long address() {
    return start;
  }

  @Override
  void release() {
    file.put();
  }

  @Override
  FrameOwner frameOwner() {
    return file instanceof MemfdFile memfd ? memfd.memory() : PhysicalMemory.FIRMWARE;
  }

  @Override
  long firstIndex() {
    return start >> PhysicalMemory.PAGE_SHIFT;
  }
}
