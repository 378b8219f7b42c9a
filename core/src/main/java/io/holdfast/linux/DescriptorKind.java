package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import java.util.ArrayList;
import java.util.List;

/**
 * What an open descriptor is, found out from the kernel: its link in {@code /proc/self/fd} and, for
 * a memfd, whether it has seals.
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

  private static final String DEVICES = "/dev/vfio/devices/";
  private static final String LUO = "anon_inode:[luo_session]";

  /** What a descriptor is; changes nothing. */
  public static DescriptorKind of(Syscalls syscalls, int fd) {
    String link = link(syscalls, fd);
    if (link.equals("/dev/iommu")) {
      return IOMMUFD;
    }
    if (link.startsWith(DEVICES)) {
      return DEVICE;
    }
    if (link.startsWith(LUO)) {
      return LUO_SESSION;
    }
    return syscalls.fcntl(fd, FcntlUapi.F_GET_SEALS, 0) >= 0 ? MEMFD : OTHER;
  }

  /** Where the descriptor's link leads; empty if it is not open. */
  public static String link(Syscalls syscalls, int fd) {
    List<String> target = new ArrayList<>(1);
    return syscalls.readLink("/proc/self/fd/" + fd, target) < 0 ? "" : target.getFirst();
  }
}
