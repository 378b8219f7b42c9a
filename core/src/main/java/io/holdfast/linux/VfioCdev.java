package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_RDWR;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_ATTACH_PASID;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_BIND_IOMMUFD;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_GET_INFO;

import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.VfioUapi.vfio_device_attach_iommufd_pt;
import io.holdfast.uapi.VfioUapi.vfio_device_bind_iommufd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.UUID;

/**
 * An open VFIO character device, which can be bound to an iommufd and attached to an IOAS.
 *
 * <p>Mirrors the requests of {@code include/uapi/linux/vfio.h}. Thread-safe; every refusal is a
 * {@link KernelException}.
 */
public final class VfioCdev extends VfioDeviceFile {
  private static final long UUID_BYTES = 16;
  private static final ValueLayout.OfLong BYTE_ORDER_OF_A_UUID =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

  /** Takes over an open VFIO device descriptor. */
  public VfioCdev(Syscalls syscalls, int fd, String node) {
    super(syscalls, fd, node);
  }

  /** Opens a device's node; that of a device without an IOMMU needs CAP_SYS_RAWIO. */
  public static VfioCdev open(Syscalls syscalls, String node) {
    int fd = syscalls.open(node, O_RDWR | O_CLOEXEC, 0);
    return new VfioCdev(syscalls, KernelErrors.check(fd, "open VFIO cdev", node), node);
  }

  /**
   * Binds the device to an iommufd, which resets it where it can be reset, and returns its id
   * there.
   *
   * @param vfToken the secret that a virtual function is opened with, and its physical one sets
   */
  public int bind(Iommufd iommufd, Optional<UUID> vfToken) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment secret = arena.allocate(UUID_BYTES, 8);
      MemorySegment argument = arena.allocate(vfio_device_bind_iommufd.LAYOUT.size(), 8);
      vfio_device_bind_iommufd.argsz.set(argument, (int) argument.byteSize());
      vfio_device_bind_iommufd.iommufd.set(argument, iommufd.acquire());
      vfToken.ifPresent(token -> {
        secret.set(BYTE_ORDER_OF_A_UUID, 0, token.getMostSignificantBits());
        secret.set(BYTE_ORDER_OF_A_UUID, Long.BYTES, token.getLeastSignificantBits());
        vfio_device_bind_iommufd.flags.set(argument, VFIO_DEVICE_BIND_FLAG_TOKEN);
        vfio_device_bind_iommufd.token_uuid_ptr.set(argument, secret.address());
      });
      int answer;
      try {
        answer = ioctl(VFIO_DEVICE_BIND_IOMMUFD, argument);
      } finally {
        iommufd.release();
        secret.fill((byte) 0);
      }
      if (answer == -Errno.EINVAL && vfToken.isPresent()) {
        throw KernelErrors.of(
            "VFIO_DEVICE_BIND_IOMMUFD",
            answer,
            what() + ", with a VF token",
            KernelRemedies.TAKES_NO_TOKEN + ", and stop whoever has the device bound");
      }
      if (answer == -Errno.EINVAL && what().startsWith("/dev/")) {
        // Somebody has bound it: who, or nobody that could be stopped?
        DeviceHolders.of(syscalls(), what())
            .remedy()
            .ifPresent(remedy -> {
              throw KernelErrors.of("VFIO_DEVICE_BIND_IOMMUFD", answer, what(), remedy);
            });
      }
      KernelErrors.check(answer, "VFIO_DEVICE_BIND_IOMMUFD", what());
      return vfio_device_bind_iommufd.out_devid.get(argument);
    }
  }

  /**
   * Attaches the device to an IOAS or a page table (HWPT), replacing an earlier one, and returns
   * the id of the page table that it uses, which for an IOAS is one the kernel has made.
   */
  public int attach(int pageTable) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(vfio_device_attach_iommufd_pt.LAYOUT.size(), 8);
      vfio_device_attach_iommufd_pt.argsz.set(argument, (int) argument.byteSize());
      vfio_device_attach_iommufd_pt.pt_id.set(argument, pageTable);
      request(
          VFIO_DEVICE_ATTACH_IOMMUFD_PT,
          argument,
          "VFIO_DEVICE_ATTACH_IOMMUFD_PT",
          ", pt_id " + pageTable);
      return vfio_device_attach_iommufd_pt.pt_id.get(argument);
    }
  }

  /**
   * Whether an object with this id exists in the iommufd that the device is bound to: asks to
   * attach a PASID to it, which no IOAS of ours takes, and looks whether the kernel missed the
   * object. Changes nothing (tried on Linux 7.3, with and without an IOMMU: ENOENT, else EINVAL).
   *
   * @throws io.holdfast.model.KernelException if the kernel says neither
   */
  boolean knowsObject(int id) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(vfio_device_attach_iommufd_pt.LAYOUT.size(), 8);
      vfio_device_attach_iommufd_pt.argsz.set(argument, (int) argument.byteSize());
      vfio_device_attach_iommufd_pt.flags.set(argument, VFIO_DEVICE_ATTACH_PASID);
      vfio_device_attach_iommufd_pt.pt_id.set(argument, id);
      vfio_device_attach_iommufd_pt.pasid.set(argument, 1);
      int answer = ioctl(VFIO_DEVICE_ATTACH_IOMMUFD_PT, argument);
      if (answer >= 0) {
        throw KernelErrors.of(
            "VFIO_DEVICE_ATTACH_IOMMUFD_PT",
            -Errno.EIO,
            what() + " attached a PASID, unexpectedly");
      }
      if (answer != -Errno.ENOENT && answer != -Errno.EINVAL) {
        throw KernelErrors.of(
            "VFIO_DEVICE_ATTACH_IOMMUFD_PT", answer, what() + ", to see whether it knows " + id);
      }
      return answer == -Errno.EINVAL;
    }
  }

  /**
   * Whether the device is bound to this very iommufd. An IOAS is made there and destroyed again,
   * and the device has to see it come and go; the device itself is not touched.
   */
  public boolean isBoundTo(Iommufd iommufd) {
    if (!isBound()) {
      return false;
    }
    int id = iommufd.allocateIoas();
    boolean seen;
    try {
      seen = knowsObject(id);
    } finally {
      iommufd.destroy(id);
    }
    return seen && !knowsObject(id);
  }

  /**
   * Whether the device is bound to an iommufd: until then the kernel refuses to tell anything of
   * it, with EINVAL.
   *
   * @throws io.holdfast.model.KernelException if the kernel does not tell for another reason
   */
  public boolean isBound() {
    int answer = deviceInfo(argument -> ioctl(VFIO_DEVICE_GET_INFO, argument));
    if (answer < 0 && answer != -Errno.EINVAL) {
      throw KernelErrors.of("VFIO_DEVICE_GET_INFO", answer, what());
    }
    return answer >= 0;
  }
}
