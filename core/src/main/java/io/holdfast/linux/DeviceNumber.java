package io.holdfast.linux;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;

/**
 * Which character device a node or an open file is: what the kernel goes by.
 *
 * <p>The path that {@code /proc/PID/fd} shows is that of the mount it was opened through. A service
 * of systemd's has mounts of its own, and once its process is dead what it had open at {@code
 * /dev/iommu} is shown as {@code /iommu} (tried on Linux 7.3).
 *
 * @param major the driver
 * @param minor the device
 */
public record DeviceNumber(int major, int minor) {
  private static final Set<Integer> NOT_THERE = Set.of(Errno.ENOENT, Errno.ENOTDIR, Errno.EBADF);

  /**
   * The device that a descriptor is; empty if it is none.
   *
   * @throws io.holdfast.model.KernelException if the kernel does not tell
   */
  public static Optional<DeviceNumber> of(Syscalls syscalls, int fd) {
    return read(syscalls, fd, "", FcntlUapi.AT_EMPTY_PATH);
  }

  /**
   * The device at a path, links followed; empty if there is none.
   *
   * @throws io.holdfast.model.KernelException if the kernel does not tell
   */
  public static Optional<DeviceNumber> at(Syscalls syscalls, String path) {
    return read(syscalls, FcntlUapi.AT_FDCWD, path, 0);
  }

  private static Optional<DeviceNumber> read(
      Syscalls syscalls, int directory, String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(statx.LAYOUT.size(), 8);
      int answer = syscalls.statx(directory, path, flags, StatUapi.STATX_BASIC_STATS, status);
      if (answer < 0 && !NOT_THERE.contains(-answer)) {
        throw KernelErrors.of("statx", answer, path.isEmpty() ? "fd " + directory : path);
      }
      return answer < 0 || (statx.stx_mode.get(status) & StatUapi.S_IFMT) != StatUapi.S_IFCHR
          ? Optional.empty()
          : Optional.of(
              new DeviceNumber(statx.stx_rdev_major.get(status), statx.stx_rdev_minor.get(status)));
    }
  }
}
