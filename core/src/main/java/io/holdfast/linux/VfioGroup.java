package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_RDWR;
import static io.holdfast.uapi.VfioUapi.VFIO_GROUP_GET_DEVICE_FD;
import static io.holdfast.uapi.VfioUapi.VFIO_GROUP_SET_CONTAINER;

import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.UUID;

/**
 * An open legacy VFIO group without an IOMMU, {@code /dev/vfio/noiommu-N}, which has one device.
 *
 * <p>Mirrors the group's requests of {@code include/uapi/linux/vfio.h}. Thread-safe; every refusal
 * is a {@link KernelException}.
 */
public final class VfioGroup extends Descriptor {
  private VfioGroup(Syscalls syscalls, int fd, String node) {
    super(syscalls, fd, node);
  }

  /** Opens a group's node, which needs CAP_SYS_RAWIO; one that is in use is refused with EBUSY. */
  public static VfioGroup open(Syscalls syscalls, String node) {
    int fd = syscalls.open(node, O_RDWR | O_CLOEXEC, 0);
    return new VfioGroup(syscalls, KernelErrors.check(fd, "open VFIO group", node), node);
  }

  /** Puts it into a container. */
  public void setContainer(VfioContainer container) {
    int number = container.acquire();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocateFrom(ValueLayout.JAVA_INT, number);
      KernelErrors.check(
          ioctl(VFIO_GROUP_SET_CONTAINER, argument), "VFIO_GROUP_SET_CONTAINER", what());
    } finally {
      container.release();
    }
  }

  /**
   * Opens its device, which resets it where it can be reset, and leaves it without bus mastering.
   * The device keeps the group and its container: both can be closed.
   *
   * @param vfToken the secret that a virtual function is opened with, and its physical one sets
   */
  public VfioDeviceFile device(PciAddress address, Optional<UUID> vfToken) {
    String name = address + vfToken.map(token -> " vf_token=" + token).orElse("");
    String subject = address + " by " + what();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocateFrom(name);
      int fd = ioctl(VFIO_GROUP_GET_DEVICE_FD, argument);
      argument.fill((byte) 0); // The token is a secret.
      return new VfioDeviceFile(
          syscalls(), KernelErrors.check(fd, "VFIO_GROUP_GET_DEVICE_FD", subject), subject);
    }
  }
}
