package io.holdfast.testing;

import io.holdfast.sim.ProcessReplaced;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.sys.FaultInjectingSyscalls;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The program that runs in a simulated process. Once it has executed another one, its own calls
 * reach no kernel any more, though its code may still run: its finally blocks change nothing.
 * Thread-safe.
 */
final class SimulatedProgram extends ForwardingSyscalls {
  private final SimulatedProcess process;
  private final Consumer<Map<String, String>> successor;
  private volatile boolean replaced;

  /**
   * A program in a process.
   *
   * @param successor is given the environment of the next program
   */
  SimulatedProgram(SimulatedProcess process, Consumer<Map<String, String>> successor) {
    super(process);
    this.process = process;
    this.successor = successor;
  }

  /** How it calls its kernel, under faults; when it dies of one, so does its process. */
  Syscalls calls(Fault plan) {
    return new FaultInjectingSyscalls(
        this, call -> replaced ? Fault.DIE_BEFORE : plan.decide(call), this::die);
  }

  private void die() {
    if (!replaced) {
      process.close();
    }
  }

  @Override
  public int execve(String path, List<String> arguments, List<String> environment) {
    try {
      return super.execve(path, arguments, environment);
    } catch (ProcessReplaced now) {
      replaced = true;
      successor.accept(now.environment());
      throw now;
    }
  }
}
