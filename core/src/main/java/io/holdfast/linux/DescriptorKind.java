package io.holdfast.linux;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an open descriptor is, found out from the kernel: the number of a device, whether it has
 * seals as a memfd has, and for what is no file its link in {@code /proc/self/fd}.
 */
public enum DescriptorKind {
  /** An open {@code /dev/iommu}. */
  IOMMUFD,
  /** An open VFIO character device. */
  DEVICE,
  /** A memfd. */
  MEMFD,
  /** A live update session. */
  LUO_SESSION,
  /** Anything else, or nothing that is open. */
  OTHER;

  private static final String DEVICES = "/dev/vfio/devices";
  private static final String LUO = "anon_inode:[luo_session]";

  /**
   * What a descriptor is; changes nothing.
   *
   * @throws io.holdfast.model.KernelException if the kernel does not tell: what cannot be looked at
   *     is not something else
   */
  public static DescriptorKind of(Syscalls syscalls, int fd) {
    Optional<DeviceNumber> device = DeviceNumber.of(syscalls, fd);
    if (device.isPresent()) {
      if (device.equals(DeviceNumber.at(syscalls, Iommufd.PATH))) {
        return IOMMUFD;
      }
      return SmallFiles.list(syscalls, DEVICES).stream()
              .anyMatch(node -> device.equals(DeviceNumber.at(syscalls, DEVICES + "/" + node)))
          ? DEVICE
          : OTHER;
    }
    if (requireLink(syscalls, fd).startsWith(LUO)) {
      return LUO_SESSION;
    }
    return syscalls.fcntl(fd, FcntlUapi.F_GET_SEALS, 0) >= 0 ? MEMFD : OTHER;
  }

  /** Where the descriptor's link leads, for a message; empty if that cannot be told. */
  public static String link(Syscalls syscalls, int fd) {
    List<String> target = new ArrayList<>(1);
    return syscalls.readLink(path(fd), target) < 0 ? "" : target.getFirst();
  }

  /** Empty if the descriptor is not open. */
  private static String requireLink(Syscalls syscalls, int fd) {
    List<String> target = new ArrayList<>(1);
    int answer = syscalls.readLink(path(fd), target);
    if (answer == -Errno.ENOENT) {
      return "";
    }
    KernelErrors.check(answer, "readlink", path(fd));
    return target.getFirst();
  }

  private static String path(int fd) {
    return "/proc/self/fd/" + fd;
  }
}
