package io.holdfast.sim;

import io.holdfast.uapi.IommufdUapi;

/**
 * One mapping of an IOAS ({@code struct iopt_area}): a slice of {@link Pages} at an IOVA.
 *
 * @param iova unsigned
 * @param length in bytes
 * @param startByte where in the pages it starts
 * @param flags IOMMU_IOAS_MAP_READABLE and IOMMU_IOAS_MAP_WRITEABLE
 */
record Area(long iova, long length, Pages pages, long startByte, int flags) {
  long last() {
    return iova + length - 1;
  }

  long firstPage() {
    return startByte >>> PhysicalMemory.PAGE_SHIFT;
  }

  long lastPage() {
    return (startByte + length - 1) >>> PhysicalMemory.PAGE_SHIFT;
  }

  long pageCount() {
    return lastPage() - firstPage() + 1;
  }

  boolean allows(boolean write) {
    return (flags
            & (write ? IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE : IommufdUapi.IOMMU_IOAS_MAP_READABLE))
        != 0;
  }

  boolean isAligned(long alignment) {
    long mask = alignment - 1;
    return ((iova | length | startByte % PhysicalMemory.PAGE_BYTES) & mask) == 0;
  }

  void pin() {
    pages.pin(firstPage(), pageCount());
  }

  void unpin() {
    pages.unpin(firstPage(), pageCount());
  }

  /** The physical address an IOVA of a pinned area stands for. */
  long physicalAddress(long at) {
    long offset = startByte + (at - iova);
    long frame = pages.frame(offset >>> PhysicalMemory.PAGE_SHIFT);
    return (frame << PhysicalMemory.PAGE_SHIFT) + offset % PhysicalMemory.PAGE_BYTES;
  }
}
