package io.holdfast.linux;

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

  /** What a descriptor is; changes nothing. */
  public static DescriptorKind of(Syscalls syscalls, int fd) {
    Optional<DeviceNumber> device = DeviceNumber.of(syscalls, fd);
    if (device.isPresent()) {
      if (device.equals(DeviceNumber.at(syscalls, Iommufd.PATH))) {
        return IOMMUFD;
      }
      List<String> nodes = new ArrayList<>();
      syscalls.listFolder(DEVICES, nodes);
      return nodes.stream()
              .anyMatch(node -> device.equals(DeviceNumber.at(syscalls, DEVICES + "/" + node)))
          ? DEVICE
          : OTHER;
    }
    if (link(syscalls, fd).startsWith(LUO)) {
      return LUO_SESSION;
    }
    return syscalls.fcntl(fd, FcntlUapi.F_GET_SEALS, 0) >= 0 ? MEMFD : OTHER;
  }

  /** Where the descriptor's link leads, for a message; empty if it is not open. */
  public static String link(Syscalls syscalls, int fd) {
    List<String> target = new ArrayList<>(1);
    return syscalls.readLink("/proc/self/fd/" + fd, target) < 0 ? "" : target.getFirst();
  }
}
