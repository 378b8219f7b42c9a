package io.holdfast.outage;

import java.util.Locale;

/**
 * What a device does nothing for: the stages between its last I/O before a kexec and its first
 * after it, in order.
 */
enum OutageStage {
  /** The device finishes what it does, and is no bus master any more. */
  QUIESCE,
  /** {@code preserve()}, where the device has been stopped before. */
  PRESERVE,
  /** From the end of the last program's work to the system call that replaces the kernel. */
  SHUTDOWN,
  /** Until the next kernel's clock begins. */
  KEXEC,
  /** Until that kernel starts process 1. */
  KERNEL_TO_INIT,
  /** Until the driver's JVM is executed: mounts, and devices bound to vfio-pci. */
  INIT_TO_EXEC,
  /** Until the JVM calls {@code main}. */
  EXEC_TO_MAIN,
  /** Until the live update session is taken out of the kernel. */
  SESSION,
  /** Until the first device is bound: the manifest is read, decoded and planned. */
  MANIFEST,
  /** Devices are bound and attached. */
  ATTACH,
  /** Memfds are retrieved. */
  RETRIEVE,
  /** Memory is mapped, and so pinned. */
  MAP,
  /** Every physical extent is compared. */
  VERIFY,
  /** The new journal, and the driver's own objects. */
  HAND_OVER,
  /** The system call FINISH. */
  FINISH,
  /** Until the device has done its first transfer. */
  FIRST_IO;

  /** As it is called in figures and tables. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
