package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.VFIO_CHECK_EXTENSION;
import static io.holdfast.uapi.VfioUapi.VFIO_GET_API_VERSION;
import static io.holdfast.uapi.VfioUapi.VFIO_NOIOMMU_IOMMU;
import static io.holdfast.uapi.VfioUapi.VFIO_SET_IOMMU;
import static io.holdfast.uapi.VfioUapi.VFIO_TYPE1_IOMMU;
import static io.holdfast.uapi.VfioUapi.VFIO_TYPE1v2_IOMMU;

import io.holdfast.sys.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What an iommufd answers to the requests of a VFIO container ({@code vfio_compat.c}). None has an
 * IOAS here that those could work on, as IOMMU_VFIO_IOAS would make one; a group without an IOMMU
 * needs none.
 */
final class VfioCompat {
  private static final long VFIO_IOMMU_GET_INFO = 0x3b70;
  private static final long VFIO_IOMMU_MAP_DMA = 0x3b71;
  private static final long VFIO_IOMMU_UNMAP_DMA = 0x3b72;

  private static final int VFIO_DMA_CC_IOMMU = 4;
  static final int VFIO_UNMAP_ALL = 9;

  private boolean withoutIommu;

  /** A group without an IOMMU has been put in: it stays one of those. */
  void withoutIommu() {
    withoutIommu = true;
  }

  /** A request whose argument is a number, or no pointer. */
  int ioctl(SimulatedProcess caller, long request, long argument) {
    boolean type1 = argument == VFIO_TYPE1_IOMMU || argument == VFIO_TYPE1v2_IOMMU;
    if (request == VFIO_GET_API_VERSION) {
      return 0;
    }
    if (request == VFIO_CHECK_EXTENSION) {
      if (argument == VFIO_DMA_CC_IOMMU) {
        throw Failure.of(Errno.ENODEV);
      }
      boolean ofIommus = (type1 || argument == VFIO_UNMAP_ALL) && !withoutIommu;
      return ofIommus || argument == VFIO_NOIOMMU_IOMMU ? 1 : 0;
    }
    if (request == VFIO_SET_IOMMU) {
      if (withoutIommu && argument == VFIO_NOIOMMU_IOMMU) {
        if (!caller.credentials().has(Credentials.CAP_SYS_RAWIO)) {
          throw Failure.of(Errno.EPERM);
        }
        return 0;
      }
      throw Failure.of(type1 && !withoutIommu ? Errno.ENODEV : Errno.EINVAL);
    }
    throw Failure.of(isMapping(request) ? Errno.EFAULT : Errno.ENOTTY);
  }

  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (!isMapping(request)) {
      return ioctl(caller, request, argument.address());
    }
    long least = request == VFIO_IOMMU_GET_INFO ? 16 : request == VFIO_IOMMU_MAP_DMA ? 32 : 24;
    UserMemory.vfio(argument, least);
    int known = request == VFIO_IOMMU_MAP_DMA ? 3 : request == VFIO_IOMMU_UNMAP_DMA ? 2 : -1;
    if ((argument.get(ValueLayout.JAVA_INT_UNALIGNED, Integer.BYTES) & ~known) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    throw Failure.of(Errno.ENODEV);
  }

  private static boolean isMapping(long request) {
    return request == VFIO_IOMMU_GET_INFO
        || request == VFIO_IOMMU_MAP_DMA
        || request == VFIO_IOMMU_UNMAP_DMA;
  }
}
