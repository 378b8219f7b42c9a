package io.holdfast.engine;

import io.holdfast.linux.Descriptor;
import io.holdfast.linux.KernelErrors;
import io.holdfast.model.KernelException;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Replaces this process by a program that inherits descriptors, as systemd's socket activation
 * announces them.
 */
final class Handover {
  /**
   * Where descriptors are parked while the low numbers are filled; above what a JVM usually has
   * open.
   */
  private static final int PARKING = 512;

  private Handover() {}

  /**
   * Executes a command with these descriptors as 3, 4, … in order.
   *
   * <p>Giving a descriptor a low number may close one that the JVM itself uses, so from there on
   * nothing is done but system calls whose code has run before.
   *
   * @throws SessionException if there is no such program
   * @throws KernelException if the kernel refuses
   */
  static void exec(
      Syscalls syscalls,
      List<String> command,
      Map<String, String> environment,
      Map<String, Descriptor> announced) {
    if (command.isEmpty()) {
      throw new IllegalArgumentException("no command to hand over to");
    }
    String program = find(command.getFirst(), environment.getOrDefault("PATH", "/usr/bin:/bin"));
    Map<String, String> variables = new LinkedHashMap<>(environment);
    variables.put("LISTEN_PID", String.valueOf(syscalls.getpid()));
    variables.put("LISTEN_FDS", String.valueOf(announced.size()));
    variables.put("LISTEN_FDNAMES", String.join(":", announced.keySet()));
    List<String> environmentLines =
        variables.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .toList();

    int[] parked = new int[announced.size()];
    int count = 0;
    for (Descriptor descriptor : announced.values()) {
      parked[count] = descriptor.duplicate(PARKING);
      count++;
    }
    // Loads every class the last steps need, by making them fail harmlessly.
    syscalls.dup2(-1, InheritedDescriptors.FIRST);
    syscalls.execve("", command, environmentLines);
    for (int i = 0; i < count; i++) {
      int answer = syscalls.dup2(parked[i], InheritedDescriptors.FIRST + i);
      if (answer < 0) {
        throw KernelErrors.of("dup2", answer, "");
      }
    }
    throw KernelErrors.of("execve", syscalls.execve(program, command, environmentLines), program);
  }

  private static String find(String name, String searchPath) {
    List<Path> candidates = new ArrayList<>();
    if (name.contains("/")) {
      candidates.add(Path.of(name).toAbsolutePath());
    } else {
      for (String folder : searchPath.split(":", -1)) {
        candidates.add(Path.of(folder.isEmpty() ? "." : folder, name).toAbsolutePath());
      }
    }
    for (Path candidate : candidates) {
      if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
        return candidate.toString();
      }
    }
    throw new SessionException(
        "there is no program \"" + name + "\" (" + Errno.describe(Errno.ENOENT) + ")",
        "give its full path after --exec --");
  }
}
