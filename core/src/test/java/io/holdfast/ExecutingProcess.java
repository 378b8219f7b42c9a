package io.holdfast;

import static io.holdfast.uapi.FcntlUapi.FD_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.F_GETFD;

import io.holdfast.sim.ProcessReplaced;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A simulated process that executes programs, unless its kernel is told to refuse them. */
class ExecutingProcess extends ForwardingSyscalls {
  private final Syscalls process;
  private int refusal;
  private Map<String, String> environment = Map.of();

  ExecutingProcess(SimulatedProcess process) {
    super(process.executing());
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
    if (refusal != 0 && !path.isEmpty()) {
      return -refusal;
    }
    try {
      return super.execve(path, arguments, variables);
    } catch (ProcessReplaced now) {
      environment = now.environment();
      throw now;
    }
  }
}
