package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_RDWR;
import static io.holdfast.uapi.VfioUapi.VFIO_API_VERSION;
import static io.holdfast.uapi.VfioUapi.VFIO_GET_API_VERSION;
import static io.holdfast.uapi.VfioUapi.VFIO_NOIOMMU_IOMMU;
import static io.holdfast.uapi.VfioUapi.VFIO_SET_IOMMU;

import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;

/**
 * An open legacy VFIO container, {@code /dev/vfio/vfio}: what groups have to be in before their
 * devices can be opened. Without an IOMMU it does nothing else.
 *
 * <p>Mirrors the container's requests of {@code include/uapi/linux/vfio.h}. Thread-safe; every
 * refusal is a {@link KernelException}.
 */
public final class VfioContainer extends Descriptor {
  private static final String NODE = "/dev/vfio/vfio";

  private VfioContainer(Syscalls syscalls, int fd) {
    super(syscalls, fd, NODE);
  }

  /** Opens a new container, which takes no privilege. */
  public static VfioContainer open(Syscalls syscalls) {
    int fd = syscalls.open(NODE, O_RDWR | O_CLOEXEC, 0);
    VfioContainer container =
        new VfioContainer(syscalls, KernelErrors.check(fd, "open VFIO container", NODE));
    int version = container.ioctl(VFIO_GET_API_VERSION, 0);
    if (version != VFIO_API_VERSION) {
      container.close();
      throw KernelErrors.of(
          "VFIO_GET_API_VERSION",
          version < 0 ? version : -Errno.EINVAL,
          NODE + ", which has version " + version + ", not " + VFIO_API_VERSION);
    }
    return container;
  }

  /**
   * Makes it one of groups without an IOMMU, after the first such group has been put in; needs
   * CAP_SYS_RAWIO.
   */
  public void useNoiommu() {
    KernelErrors.check(ioctl(VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU), "VFIO_SET_IOMMU", what());
  }
}
