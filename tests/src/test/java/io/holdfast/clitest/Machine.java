package io.holdfast.clitest;

import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A simulated machine in a folder, with a driver on it in a process of its own. Not thread-safe.
 */
final class Machine implements AutoCloseable {
  private final Path folder;
  private Process driver;

  private Machine(Path folder) {
    this.folder = folder;
  }

  /** A machine just switched on. */
  static Machine create(Path folder) {
    Machine machine = new Machine(folder);
    SimulatedKernel.create(machine.path(), SimulatedMachine.standard()).close();
    return machine;
  }

  private Path path() {
    return folder.resolve("machine");
  }

  /** The state directory. */
  Path state() {
    return folder.resolve("state");
  }

  /** Starts a driver that preserves its session and then keeps it. */
  Machine preserve(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(path().toString(), state().toString()));
    arguments.addAll(List.of(more));
    driver =
        new ProcessBuilder(Holdfast.java(TestDriver.class, arguments))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(driver.getInputStream(), StandardCharsets.UTF_8));
    if (!"ready".equals(lines.readLine())) {
      throw new AssertionError("the driver failed; its error output is above");
    }
    return this;
  }

  /** Starts the next kernel from outside, which kills the driver. */
  Machine kexec() {
    SimulatedKernel.kexec(path(), KexecMode.FILE);
    return this;
  }

  /** Starts the next kernel from inside, which finds the device gone. */
  Machine kexecWithoutDevice() throws IOException {
    driver.getOutputStream().write(TestDriver.TAKE_DEVICE_AWAY);
    driver.getOutputStream().flush();
    driver.onExit().join();
    return this;
  }

  /** Switches the machine off and on; the driver is killed first. */
  Machine coldBoot() {
    close();
    try (SimulatedKernel kernel = SimulatedKernel.open(path())) {
      kernel.coldBoot();
    }
    return this;
  }

  /** Runs the restore tool on this machine. */
  Holdfast.Result holdfast(String... arguments) {
    return holdfast(List.of(), arguments);
  }

  /** Runs the restore tool on this machine, in a JVM with some more options. */
  Holdfast.Result holdfast(List<String> jvmOptions, String... arguments) {
    List<String> all =
        new ArrayList<>(List.of("--host", "sim:" + path(), "--state", state().toString()));
    all.addAll(List.of(arguments));
    return Holdfast.run(jvmOptions, all.toArray(String[]::new));
  }

  /** Ends the driver. */
  @Override
  public void close() {
    if (driver != null) {
      driver.destroyForcibly().onExit().join();
    }
  }
}
