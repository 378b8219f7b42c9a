package io.holdfast.sim;

import io.holdfast.sys.Errno;

/** Pages of a file, given by IOMMU_IOAS_MAP_FILE; only a memfd's can be pinned. */
final class FilePages extends Pages {
  private final OpenFile file;
  private final long start;

  /** {@code start} is page-aligned. */
  FilePages(
      SimulatedKernel kernel, SimulatedProcess owner, OpenFile file, long start, boolean writable) {
    super(kernel, owner, writable);
    this.file = file;
    this.start = start;
    file.hold();
  }

  @Override
  void check(long first, long count) {
    if (!(file instanceof MemfdFile memfd)
        || firstIndex() + first + count > memfd.memory().size() >> PhysicalMemory.PAGE_SHIFT) {
      throw Failure.of(Errno.EINVAL);
    }
    if (memfd.memory().isHugetlb()) {
      throw Failure.of(Errno.ENOMEM);
    }
  }

  @Override
  void resolve(long first, int count, int[] frames) {
    MemoryFile memory = ((MemfdFile) file).memory();
    int firstPage = (int) (firstIndex() + first);
    memory.populate(firstPage, count);
    System.arraycopy(memory.frames(), firstPage, frames, 0, count);
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
    return start >>> PhysicalMemory.PAGE_SHIFT;
  }
}
