package io.holdfast.sim;

import io.holdfast.model.PciIdentity;
import java.util.Optional;

/**
 * A PCI device's behaviour: what it is, its registers, and what it does when they are written.
 *
 * <p>A model is a public class with a public constructor without arguments; the machine makes one
 * object for each device and boot. What the device must remember across a kexec it keeps in {@link
 * DeviceBus#state()}, never in fields. Called by one thread at a time, under the machine's lock: in
 * the driver's system call, or when the clock turns.
 */
public interface SimulatedDevice {
  /** What its configuration space says it is. */
  PciIdentity identity();

  /** Called once, before anything else. */
  void connect(DeviceBus bus);

  /** How many bytes of {@link DeviceBus#state()} it needs. */
  long stateBytes();

  /**
   * The size of a memory BAR, a power of two of at least 4096, or 0 where it has none; {@code bar}
   * is 0 to 5.
   */
  long barBytes(int bar);

  /**
   * How a BAR can be mapped into a process; empty where its registers are reached by calls only, so
   * that the device sees each access.
   */
  default Optional<BarMapping> mapping(int bar) {
    return Optional.empty();
  }

  /**
   * What a register of a {@linkplain BarMapping.Polled mapped} BAR is left with when the device has
   * looked at it: what it reads as, or, where nobody reads it, what nobody writes, so that each
   * value written is seen.
   */
  default long resting(int bar, long offset) {
    throw new UnsupportedOperationException("BAR " + bar + " has no registers that are mapped");
  }

  /** A register read of {@code sizeBytes} (1, 2, 4 or 8), naturally aligned. */
  long read(int bar, long offset, int sizeBytes);

  /** A register write of {@code sizeBytes} (1, 2, 4 or 8), naturally aligned. */
  void write(int bar, long offset, int sizeBytes, long value);

  /**
   * Whether it interrupts still, for want of an acknowledgement by its driver: INTx is told again
   * when it is unmasked.
   */
  default boolean isInterrupting() {
    return false;
  }

  /** Whether a function-level reset works. */
  default boolean isResettable() {
    return false;
  }

  /** A function-level reset: at BIND, at VFIO_DEVICE_RESET and when the device is closed. */
  default void reset() {}

  /** Power has come on: the state is all zeroes. */
  default void powerOn() {}

  /** Whether it has MSI, with one vector. */
  default boolean hasMsi() {
    return true;
  }

  /**
   * How many MSI-X vectors it has, at most 2048; 0 for none. Their table is in BAR 0, where the
   * device sees no access to it.
   */
  default int msixVectors() {
    return 0;
  }

  /** Where in BAR 0 its MSI-X table begins, a multiple of 8. */
  default int msixTableOffset() {
    return 0x2000;
  }

  /**
   * How many bytes of {@link DeviceBus#storage()} it needs: what it keeps even without power, as a
   * disk does.
   */
  default long storageBytes() {
    return 0;
  }

  /**
   * The machine's clock has turned: what is due by now happens. A test turns the clock ({@link
   * SimulatedKernel#turn}), and so does a process that waits in {@code poll(2)}; never the time of
   * day.
   *
   * @return whether something is under way still, that waiting would bring about
   */
  default boolean turn() {
    return false;
  }

  /** A PCI Express function has 4096 bytes of configuration space, and may have a serial number. */
  default boolean isExpress() {
    return false;
  }
}
