package io.holdfast;

import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Syscalls;
import java.nio.file.Path;

/**
 * A process on a simulated machine whose state is a folder: for drivers' tests and for the demo.
 *
 * <p>The library runs on it unchanged. What a live update does to the machine is done through
 * {@link #kernel()}. One process of the real machine at a time can have the folder open.
 * Thread-safe.
 */
public final class SimulatedHost implements Host {
  private final SimulatedKernel kernel;
  private final boolean ownsKernel;
  private final Syscalls process;

  private SimulatedHost(SimulatedKernel kernel, boolean ownsKernel) {
    this.kernel = kernel;
    this.ownsKernel = ownsKernel;
    this.process = kernel.process();
  }

  /**
   * Opens the machine in a folder, or makes a standard one there: 256 MiB and an {@code edu} device
   * at 0000:00:04.0.
   */
  public static SimulatedHost open(Path folder) {
    return new SimulatedHost(
        SimulatedKernel.openOrCreate(folder, SimulatedMachine.standard()), true);
  }

  /**
   * A new process on a machine that is open already; closing the host ends the process, not the
   * machine.
   */
  public static SimulatedHost on(SimulatedKernel kernel) {
    return new SimulatedHost(kernel, false);
  }

  /** The machine: to replace its kernel, to change its devices, to ask what they did. */
  public SimulatedKernel kernel() {
    return kernel;
  }

  @Override
  public Syscalls syscalls() {
    return process;
  }

  @Override
  public String describe() {
    return "the simulated machine in " + kernel.folder();
  }

  @Override
  public void close() {
    process.close();
    if (ownsKernel) {
      kernel.close();
    }
  }
}
