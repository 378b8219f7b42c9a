package io.holdfast.vm;

import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_noiommu_get_pa;
import java.lang.foreign.MemorySegment;

/**
 * A kernel that tells one physical address wrongly: a session sealed on it has one altered PA in
 * its manifest.
 */
final class AlteredAddresses extends ForwardingSyscalls {
  private static final long PAGE_BYTES = 4096;

  private final long iova;

  /**
   * The same system calls, but that the memory at an IOVA seems to be one page further than it is.
   */
  AlteredAddresses(Syscalls kernel, long iova) {
    super(kernel);
    this.iova = iova;
  }

  @Override
  public int ioctl(int fd, long request, MemorySegment argument) {
    int answer = super.ioctl(fd, request, argument);
    if (request == IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA
        && iommu_ioas_noiommu_get_pa.iova.get(argument) == iova) {
      long told = iommu_ioas_noiommu_get_pa.out_phys.get(argument);
      iommu_ioas_noiommu_get_pa.out_phys.set(argument, told + PAGE_BYTES);
    }
    return answer;
  }
}
