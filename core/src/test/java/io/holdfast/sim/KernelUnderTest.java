package io.holdfast.sim;

import io.holdfast.sys.Syscalls;
import java.util.List;

/**
 * The kernel the contract's tests ask: a fresh simulated machine, or the running one.
 *
 * <p>{@code -Dholdfast.kernelUnderTest=CLASS} names an implementation with a constructor without
 * arguments; the same test methods then ask that kernel.
 */
public interface KernelUnderTest extends AutoCloseable {
  String PROPERTY = "holdfast.kernelUnderTest";

  /** A process with every capability, and vfio-pci bound to the device of the tests. */
  Syscalls process();

  /**
   * Another process, or on the running kernel the same one: descriptors that pass over a socket are
   * new numbers either way. Closing it is its death where it is another one.
   */
  Syscalls another();

  /** Where the tests' edu device is, as sysfs writes it. */
  String device();

  /** Where two functions of one slot are that can be reset; vfio-pci may not be bound to them. */
  default List<String> resettableDevices() {
    return List.of("0000:01:00.0", "0000:01:00.1");
  }

  /**
   * Where a device is that has 65 MSI-X vectors, no MSI, can be reset and be mapped: QEMU's nvme.
   */
  default String messageDevice() {
    return "0000:00:06.0";
  }

  /** Runs something while the process lacks a capability. */
  void without(int capability, Runnable body);

  /** Runs something while the process lacks CAP_IPC_LOCK and may lock only so much memory. */
  void withMemoryLockLimit(long bytes, Runnable body);

  /** Replaces the kernel by itself, with {@code kexec -s}; the process is another one then. */
  void kexec();

  @Override
  void close();

  static KernelUnderTest create() {
    String name = System.getProperty(PROPERTY);
    if (name == null) {
      return new SimulatedKernelUnderTest();
    }
    try {
      return Class.forName(name)
          .asSubclass(KernelUnderTest.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(PROPERTY + "=" + name, e);
    }
  }
}
