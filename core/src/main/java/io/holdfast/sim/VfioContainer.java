package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.sys.Errno;

/**
 * A legacy container ({@code drivers/vfio/container.c}), which lives until its file and all its
 * groups have left it. Without an IOMMU it only counts them; that of groups with one takes no type
 * here.
 */
final class VfioContainer {
  private int groups;
  private boolean withoutIommu;
  private boolean hasType;

  void attach(SimulatedProcess caller, boolean noiommu) {
    if (noiommu && !caller.credentials().has(Credentials.CAP_SYS_RAWIO)) {
      throw Failure.of(Errno.EPERM);
    }
    if (groups > 0 && withoutIommu != noiommu) {
      throw Failure.of(Errno.EPERM);
    }
    withoutIommu = noiommu;
    groups++;
  }

  /** The last group takes the type along. */
  void detach() {
    groups--;
    if (groups == 0) {
      hasType = false;
    }
  }

  /** Whether its groups can open devices. */
  boolean hasType() {
    return hasType;
  }

  /**
   * VFIO_CHECK_EXTENSION: of all types while it is empty, else of those that its groups can have.
   */
  int extension(long type) {
    boolean ofIommus =
        type == VFIO_TYPE1_IOMMU || type == VFIO_TYPE1v2_IOMMU || type == VfioCompat.VFIO_UNMAP_ALL;
    boolean empty = groups == 0;
    boolean known =
        type == VFIO_NOIOMMU_IOMMU ? empty || withoutIommu : ofIommus && (empty || !withoutIommu);
    return known ? 1 : 0;
  }

  /** VFIO_SET_IOMMU. */
  void setType(SimulatedProcess caller, long type) {
    if (groups == 0 || hasType) {
      throw Failure.of(Errno.EINVAL);
    }
    if (!withoutIommu || type != VFIO_NOIOMMU_IOMMU) {
      throw Failure.of(Errno.ENODEV);
    }
    if (!caller.credentials().has(Credentials.CAP_SYS_RAWIO)) {
      throw Failure.of(Errno.EPERM);
    }
    hasType = true;
  }
}
