package io.holdfast.linux;

import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which processes have a device's node open, read from {@code /proc/PID/fd}; needs root to see
 * those of other users.
 *
 * @param processes the ids of the others, ascending
 * @param own whether the process that asks has it open
 * @param complete whether every process could be looked at
 */
public record DeviceHolders(List<Integer> processes, boolean own, boolean complete) {
  /** Enough to name in a message. */
  private static final int MOST_NAMED = 3;

  /** Looks for the holders of any of a device's nodes, such as {@code /dev/vfio/noiommu-0}. */
  public static DeviceHolders of(Syscalls syscalls, String... nodes) {
    List<Node> wanted =
        Stream.of(nodes)
            .flatMap(path ->
                DeviceNumber.at(syscalls, path)
                    .map(number -> new Node(nameOf(path), number))
                    .stream())
            .toList();
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
      if (anyLeadsTo(syscalls, "/proc/" + name + "/fd/", descriptors, wanted)) {
        holders.add(pid);
      }
    }
    List<String> mine = new ArrayList<>();
    syscalls.listFolder("/proc/self/fd", mine);
    return new DeviceHolders(
        holders.stream().sorted().toList(),
        anyLeadsTo(syscalls, "/proc/self/fd/", mine, wanted),
        any && complete);
  }

  /** A node by its last name, which its path has wherever it is mounted, and its number. */
  private record Node(String name, DeviceNumber number) {}

  private static String nameOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Only what has a node's name is looked at: anything else may be a file that does not answer. */
  private static boolean anyLeadsTo(
      Syscalls syscalls, String directory, List<String> descriptors, List<Node> nodes) {
    for (String fd : descriptors) {
      List<String> target = new ArrayList<>(1);
      if (syscalls.readLink(directory + fd, target) >= 0) {
        String name = nameOf(target.getFirst());
        for (Node node : nodes) {
          if (node.name().equals(name) && isDevice(syscalls, directory + fd, node.number())) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean isDevice(Syscalls syscalls, String path, DeviceNumber number) {
    try {
      return DeviceNumber.at(syscalls, path).filter(number::equals).isPresent();
    } catch (KernelException notTold) {
      return false; // Somebody else's; the rest of the search is worth more than this failure.
    }
  }

  /** The other processes in words, a few by their ids: {@code process 12}. */
  public String named() {
    String ids =
        processes.stream().limit(MOST_NAMED).map(String::valueOf).collect(Collectors.joining(", "));
    int more = processes.size() - MOST_NAMED;
    return (processes.size() == 1 ? "process " : "processes ")
        + ids
        + (more > 0 ? " and " + more + " more" : "");
  }

  /** What to do to have the device; empty if that cannot be told. */
  public Optional<String> remedy() {
    if (!processes.isEmpty()) {
      return Optional.of(
          named() + (processes.size() == 1 ? " has" : " have") + " it open; stop that first");
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
