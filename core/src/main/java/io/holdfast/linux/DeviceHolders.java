package io.holdfast.linux;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which processes have a device node open, read from {@code /proc/PID/fd}; needs root to see those
 * of other users.
 *
 * @param processes their ids, ascending; without the one that asks
 * @param complete whether every process could be looked at
 */
public record DeviceHolders(List<Integer> processes, boolean complete) {
  /** Enough to name in a message. */
  private static final int MOST_NAMED = 3;

  /** Looks for the holders of a node, such as {@code /dev/vfio/devices/noiommu-vfio0}. */
  public static DeviceHolders of(Syscalls syscalls, String node) {
    List<Integer> holders = new ArrayList<>();
    List<String> names = new ArrayList<>();
    syscalls.listFolder("/proc", names);
    boolean any = false;
    boolean complete = true;
    for (String name : names) {
      if (!name.chars().allMatch(Character::isDigit)) {
        continue;
      }
      int pid = Integer.parseInt(name);
      any = true;
      if (pid == syscalls.getpid()) {
        continue;
      }
      List<String> descriptors = new ArrayList<>();
      // ENOENT: it has ended since. Anything else: it cannot be looked at.
      int answer = syscalls.listFolder("/proc/" + name + "/fd", descriptors);
      complete &= answer >= 0 || answer == -Errno.ENOENT;
      if (descriptors.stream()
          .anyMatch(fd -> leadsTo(syscalls, "/proc/" + name + "/fd/" + fd, node))) {
        holders.add(pid);
      }
    }
    return new DeviceHolders(holders.stream().sorted().toList(), any && complete);
  }

  private static boolean leadsTo(Syscalls syscalls, String link, String node) {
    List<String> target = new ArrayList<>(1);
    return syscalls.readLink(link, target) >= 0 && target.getFirst().equals(node);
  }

  /** What to do to have the device; empty if that cannot be told. */
  public Optional<String> remedy() {
    if (!processes.isEmpty()) {
      String ids =
          processes.stream()
              .limit(MOST_NAMED)
              .map(String::valueOf)
              .reduce((a, b) -> a + ", " + b)
              .orElseThrow();
      return Optional.of(
          (processes.size() == 1 ? "process " + ids + " has" : "processes " + ids + " have")
              + " it open; stop that first");
    }
    if (!complete) {
      return Optional.empty();
    }
    return Optional.of(
        "no other process has it open: unless this one has bound it already, the kernel itself"
            + " holds it (a device whose own node was mapped into its IOAS is held for ever), and"
            + " only a kexec or a reboot frees it");
  }
}
