package io.holdfast.cli;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A process that has a live update session open.
 *
 * @param pid the process
 * @param command its name, as {@code /proc/PID/comm} has it
 * @param unit the systemd unit it belongs to; empty if none
 */
record SessionHolder(int pid, String command, String unit) {
  private static final String LINK = "anon_inode:[luo_session]";
  private static final int SMALL_FILE_BYTES = 4096;

  /** What was found in {@code /proc}, and of how many processes nothing could be seen. */
  record Found(Map<String, List<SessionHolder>> bySession, int hidden) {}

  /** Looks at the descriptors of every process. */
  static Found findAll(Syscalls syscalls) {
    Map<String, List<SessionHolder>> bySession = new HashMap<>();
    int hidden = 0;
    List<String> processes = new ArrayList<>();
    syscalls.listFolder("/proc", processes);
    // In the order of their numbers: systemd, which keeps what a service only has, comes first.
    processes.sort(
        Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
    for (String process : processes) {
      if (process.chars().allMatch(Character::isDigit)) {
        String directory = "/proc/" + process;
        List<String> numbers = new ArrayList<>();
        int listed = syscalls.listFolder(directory + "/fd", numbers);
        // One that has ended meanwhile holds nothing.
        if (listed == -Errno.EACCES || listed == -Errno.EPERM) {
          hidden++;
        }
        for (String number : numbers) {
          List<String> target = new ArrayList<>(1);
          if (syscalls.readLink(directory + "/fd/" + number, target) > 0
              && target.getFirst().startsWith(LINK)) {
            String name = target.getFirst().substring(LINK.length()).strip();
            SessionHolder holder = of(syscalls, directory, Integer.parseInt(process));
            List<SessionHolder> holders = bySession.computeIfAbsent(name, any -> new ArrayList<>());
            if (!holders.contains(holder)) {
              holders.add(holder);
            }
          }
        }
      }
    }
    return new Found(bySession, hidden);
  }

  /** A process by its number. */
  static SessionHolder of(Syscalls syscalls, int pid) {
    return of(syscalls, "/proc/" + pid, pid);
  }

  private static SessionHolder of(Syscalls syscalls, String directory, int pid) {
    return new SessionHolder(
        pid, read(syscalls, directory + "/comm"), unit(read(syscalls, directory + "/cgroup")));
  }

  /** The unit in a line such as {@code 0::/system.slice/nic.service}. */
  static String unit(String cgroup) {
    for (String part : cgroup.split("[/\n]", -1)) {
      if (part.endsWith(".service") || part.endsWith(".scope")) {
        return part;
      }
    }
    return "";
  }

  private static String read(Syscalls syscalls, String path) {
    byte[] bytes = new byte[SMALL_FILE_BYTES];
    int length = syscalls.readFile(path, bytes);
    return length <= 0 ? "" : new String(bytes, 0, length, StandardCharsets.UTF_8).strip();
  }

  @Override
  public String toString() {
    return "process " + pid + (command.isEmpty() ? "" : " (" + command + ")");
  }
}
