package io.holdfast.sim;

import io.holdfast.model.PciAddress;
import io.holdfast.sys.Syscalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** A simulated machine of its own for each test, in a temporary folder. */
public final class SimulatedKernelUnderTest implements KernelUnderTest {
  private final Path folder;
  private final SimulatedKernel machine;
  private SimulatedProcess process;

  public SimulatedKernelUnderTest() {
    this(SimulatedMachine.standard());
  }

  /** {@code of} decides how much memory there is and which frames are given out. */
  public SimulatedKernelUnderTest(SimulatedMachine of) {
    try {
      folder = Files.createTempDirectory("holdfast-machine");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SimulatedMachine machine = of;
    for (String address : resettableDevices()) {
      machine = machine.withDevice(PciAddress.parse(address), ResettableDevice.class);
    }
    machine = machine.withDevice(PciAddress.parse(messageDevice()), MappedNvmeDevice.class);
    this.machine = SimulatedKernel.create(folder, machine);
    process = this.machine.process();
  }

  @Override
  public Syscalls process() {
    return process;
  }

  @Override
  public Syscalls another() {
    return machine.process();
  }

  @Override
  public String device() {
    return SimulatedMachine.EDU_ADDRESS.toString();
  }

  @Override
  public void without(int capability, Runnable body) {
    as(process.credentials().without(capability), body);
  }

  @Override
  public void withMemoryLockLimit(long bytes, Runnable body) {
    as(
        process.credentials().without(Credentials.CAP_IPC_LOCK).withMemoryLockLimitBytes(bytes),
        body);
  }

  private void as(Credentials credentials, Runnable body) {
    Credentials before = process.credentials();
    process.setCredentials(credentials);
    try {
      body.run();
    } finally {
      process.setCredentials(before);
    }
  }

  @Override
  public void kexec() {
    machine.kexec(KexecMode.FILE);
    process = machine.process();
  }

  @Override
  public void close() {
    machine.close();
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
