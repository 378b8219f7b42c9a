package io.holdfast.engine;

import static io.holdfast.uapi.FcntlUapi.FD_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.F_DUPFD_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.F_GETFD;
import static io.holdfast.uapi.FcntlUapi.F_SETFD;

import io.holdfast.linux.Descriptor;
import io.holdfast.linux.KernelErrors;
import io.holdfast.linux.SmallFiles;
import io.holdfast.model.KernelException;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Replaces this process by a program that inherits descriptors, as systemd's socket activation
 * announces them.
 *
 * <p>They have to be 3, 4, …, which a JVM uses itself. What is open there is moved out of the way
 * first, and back if the kernel refuses the program, so that the process then goes on as it was.
 * Nothing else is passed on: every other descriptor above 2 becomes close-on-exec.
 */
final class Handover {
  private static final int FIRST = InheritedDescriptors.FIRST;
  private static final int ABSENT = -1;

  private final Syscalls syscalls;
  private final int[] sources;

  /** What was open where the descriptors have to go: a second descriptor of it, and its flags. */
  private final int[] moved;

  private final int[] flags;

  private Handover(Syscalls syscalls, int[] sources) {
    this.syscalls = syscalls;
    this.sources = sources;
    this.moved = new int[sources.length];
    this.flags = new int[sources.length];
  }

  /**
   * Executes a command with these descriptors as 3, 4, … in order; returns only by an exception.
   *
   * @throws SessionException if there is no such program or it cannot be run
   * @throws KernelException if the kernel refuses; nothing has changed then
   */
  static void exec(
      Syscalls syscalls,
      List<String> command,
      Map<String, String> environment,
      List<Announced> announced) {
    if (announced.size() > InheritedDescriptors.MAX) {
      throw new SessionException(
          announced.size() + " descriptors are more than a program can inherit by name",
          "hand over the session only (verify --exec), and let the driver restore it");
    }
    Map<String, String> variables = new LinkedHashMap<>(environment);
    variables.put("LISTEN_PID", String.valueOf(syscalls.getpid()));
    variables.put("LISTEN_FDS", String.valueOf(announced.size()));
    variables.put(
        "LISTEN_FDNAMES", String.join(":", announced.stream().map(Announced::name).toList()));
    variables.remove("LISTEN_PIDFDID"); // A pidfd's number, where systemd started this process.
    List<String> lines =
        variables.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).toList();
    String program = Program.check(command, environment, lines);
    try (Undo undo = new Undo()) {
      List<Descriptor> descriptors = announced.stream().map(Announced::descriptor).toList();
      Handover handover = new Handover(syscalls, Descriptor.acquireAll(descriptors, undo));
      handover.moveOutOfTheWay(undo);
      handover.passOnNothingElse(undo);
      int answer = handover.replace(program, command, lines);
      throw KernelErrors.of("execve", answer, program);
    }
  }

  /** Duplicates what is open among the first numbers, above them. */
  private void moveOutOfTheWay(Undo undo) {
    for (int i = 0; i < moved.length; i++) {
      int fd = FIRST + i;
      flags[i] = syscalls.fcntl(fd, F_GETFD, 0);
      moved[i] = ABSENT;
      if (flags[i] != -Errno.EBADF) {
        KernelErrors.check(flags[i], "fcntl F_GETFD", "fd " + fd);
        int copy =
            KernelErrors.check(
                syscalls.fcntl(fd, F_DUPFD_CLOEXEC, FIRST + moved.length),
                "fcntl F_DUPFD_CLOEXEC",
                "fd " + fd);
        moved[i] = copy;
        undo.with(() -> syscalls.close(copy));
      }
    }
    for (int i = 0; i < sources.length; i++) {
      int place = sources[i] - FIRST;
      if (place >= 0 && place < moved.length) {
        sources[i] = moved[place];
      }
    }
  }

  /**
   * Closes at exec whatever this process has open; a descriptor that goes away meanwhile needs
   * none.
   */
  private void passOnNothingElse(Undo undo) {
    for (String name : SmallFiles.list(syscalls, "/proc/self/fd")) {
      int fd = Integer.parseInt(name);
      if (fd >= FIRST && syscalls.fcntl(fd, F_GETFD, 0) == 0) {
        syscalls.fcntl(fd, F_SETFD, FD_CLOEXEC);
        undo.with(() -> syscalls.fcntl(fd, F_SETFD, 0));
      }
    }
  }

  /**
   * Puts the descriptors in place and becomes the program; if that fails, puts back what was there
   * and returns {@code -errno}. In between the JVM lacks descriptors of its own, so that nothing is
   * done but system calls whose code has run before.
   */
  private int replace(String program, List<String> command, List<String> environment) {
    syscalls.dup2(-1, FIRST);
    syscalls.fcntl(-1, F_SETFD, 0);
    syscalls.close(-1);
    syscalls.execve("", command, environment);
    int answer = 0;
    int placed = 0;
    while (placed < sources.length && answer >= 0) {
      answer = syscalls.dup2(sources[placed], FIRST + placed);
      placed += answer >= 0 ? 1 : 0;
    }
    if (answer >= 0) {
      answer = syscalls.execve(program, command, environment);
    }
    for (int i = 0; i < placed; i++) {
      if (moved[i] == ABSENT) {
        syscalls.close(FIRST + i);
      } else {
        syscalls.dup2(moved[i], FIRST + i);
        syscalls.fcntl(FIRST + i, F_SETFD, flags[i]);
      }
    }
    return answer;
  }
}
