package io.holdfast.vm;

import io.holdfast.DeviceRegion;
import io.holdfast.VfioDevice;

/**
 * An example driver, for QEMU's {@code edu} device: its DMA engine copies between memory, by
 * physical address, and a buffer of 4096 bytes inside the device.
 *
 * <p>The registers are those of QEMU's {@code docs/specs/edu}. A transfer takes about 100 ms. The
 * device keeps its buffer over a kexec and cannot be reset. Not thread-safe.
 */
public final class EduDriver implements AutoCloseable {
  /**
   * The most one transfer copies, in bytes: QEMU 7.2 aborts on a transfer that ends at the buffer's
   * end.
   */
  public static final int MAX_TRANSFER_BYTES = 2048;

  private static final int IDENTIFICATION = 0x00;
  private static final int DMA_SOURCE = 0x80;
  private static final int DMA_DESTINATION = 0x88;
  private static final int DMA_COUNT = 0x90;
  private static final int DMA_COMMAND = 0x98;
  private static final long COMMAND_START = 1;
  private static final long COMMAND_TO_MEMORY = 2;
  private static final long BUFFER = 0x40000;
  private static final long TIMEOUT_NANOS = 20_000_000_000L;

  private final VfioDevice device;
  private final DeviceRegion registers;

  /** A driver for a bound device; lets the device reach memory. */
  public EduDriver(VfioDevice device) {
    DeviceRegion registers = device.region(0);
    int identification = registers.get32(IDENTIFICATION);
    if ((identification & 0xffff) != 0xed) {
      throw new IllegalArgumentException(
          "%s is no edu device: its identification register is 0x%x"
              .formatted(device.address(), identification));
    }
    this.device = device;
    this.registers = registers;
    device.enableBusMastering();
  }

  /** Copies memory into the device's buffer. */
  public void toDevice(long physicalAddress, int lengthBytes) {
    transfer(physicalAddress, BUFFER, lengthBytes, COMMAND_START);
  }

  /** Copies the device's buffer into memory. */
  public void fromDevice(long physicalAddress, int lengthBytes) {
    transfer(BUFFER, physicalAddress, lengthBytes, COMMAND_START | COMMAND_TO_MEMORY);
  }

  private void transfer(long source, long destination, int lengthBytes, long command) {
    if (lengthBytes <= 0 || lengthBytes > MAX_TRANSFER_BYTES) {
      throw new IllegalArgumentException(
          "a transfer is 1 to " + MAX_TRANSFER_BYTES + " bytes, not " + lengthBytes);
    }
    write(DMA_SOURCE, source);
    write(DMA_DESTINATION, destination);
    write(DMA_COUNT, lengthBytes);
    write(DMA_COMMAND, command);
    long began = System.nanoTime();
    while ((read(DMA_COMMAND) & COMMAND_START) != 0) {
      if (System.nanoTime() - began > TIMEOUT_NANOS) {
        throw new IllegalStateException(device.address() + " does not end its transfer");
      }
      Thread.onSpinWait();
    }
  }

  private void write(int offset, long value) {
    registers.put64(offset, value);
  }

  private long read(int offset) {
    return registers.get64(offset);
  }

  /** Stops the device from reaching memory. */
  @Override
  public void close() {
    device.disableBusMastering();
  }
}
