package io.holdfast;

import static io.holdfast.uapi.FcntlUapi.FD_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.F_GETFD;

import io.holdfast.sys.Errno;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A simulated process that can execute a program as far as its descriptors go: those that are
 * close-on-exec are closed, and whoever called never comes back.
 */
class ExecutingProcess extends ForwardingSyscalls {
  /** Thrown where a process would have become another program. */
  static final class Replaced extends Error {
    private static final long serialVersionUID = 1L;
  }

  private final Syscalls process;
  private int refusal;
  private Map<String, String> environment = Map.of();

  ExecutingProcess(Syscalls process) {
    super(process);
    this.process = process;
  }

  /** From now on the kernel refuses to execute anything; 0 lets it. */
  void refuse(int errno) {
    refusal = errno;
  }

  /** The environment that the program was given. */
  Map<String, String> environment() {
    return environment;
  }

  /** What is open, with its flags: a process that goes on as it was has the same afterwards. */
  Map<Integer, String> descriptors() {
    List<String> numbers = new ArrayList<>();
    process.listFolder("/proc/self/fd", numbers);
    Map<Integer, String> open = new TreeMap<>();
    for (String number : numbers) {
      List<String> target = new ArrayList<>();
      process.readLink("/proc/self/fd/" + number, target);
      open.put(Integer.valueOf(number), target.toString());
    }
    return open;
  }

  /** Whether everything that is open is close-on-exec. */
  boolean passesOnNothing() {
    return descriptors().keySet().stream()
        .filter(fd -> fd > 2)
        .allMatch(fd -> process.fcntl(fd, F_GETFD, 0) == FD_CLOEXEC);
  }

  @Override
  public int execve(String path, List<String> arguments, List<String> variables) {
    if (path.isEmpty()) {
      return -Errno.ENOENT;
    }
    if (refusal != 0) {
      return -refusal;
    }
    for (int fd : descriptors().keySet()) {
      if (fd > 2 && process.fcntl(fd, F_GETFD, 0) == FD_CLOEXEC) {
        process.close(fd);
      }
    }
    Map<String, String> given = new HashMap<>();
    for (String variable : variables) {
      int end = variable.indexOf('=');
      given.put(variable.substring(0, end), variable.substring(end + 1));
    }
    environment = given;
    throw new Replaced();
  }
}
