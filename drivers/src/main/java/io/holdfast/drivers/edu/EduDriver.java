package io.holdfast.drivers.edu;

import io.holdfast.DeviceRegion;
import io.holdfast.PciDevice;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * QEMU's {@code edu} device: its DMA engine copies between memory, by physical address, and a
 * buffer of 4096 bytes inside the device.
 *
 * <p>The registers are those of QEMU's {@code docs/specs/edu}. A transfer takes about 100 ms there
 * and is waited for. The device keeps its buffer over a kexec and cannot be reset. It reaches
 * memory only while its driver has made it a bus master. Not thread-safe.
 */
public final class EduDriver {
  /** The most that one transfer copies, in bytes: QEMU 7.2 aborts at the buffer's full length. */
  public static final int MAX_TRANSFER_BYTES = 2048;

  private static final int IDENTIFICATION = 0x00;
  private static final int DMA_SOURCE = 0x80;
  private static final int DMA_DESTINATION = 0x88;
  private static final int DMA_COUNT = 0x90;
  private static final int DMA_COMMAND = 0x98;
  private static final long START = 1;
  private static final long TO_MEMORY = 2;
  private static final long BUFFER = 0x40000;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofMillis(1);

  private final PciDevice device;
  private final DeviceRegion registers;

  /**
   * A driver for a device that is open.
   *
   * @throws IllegalArgumentException if it is another device
   */
  public EduDriver(PciDevice device) {
    this.device = device;
    this.registers = device.region(0);
    int identification = registers.get32(IDENTIFICATION);
    if ((identification & 0xff) != 0xed) {
      throw new IllegalArgumentException(
          "%s is no edu device: its identification register is 0x%x"
              .formatted(device.address(), identification));
    }
  }

  /** Has the device read memory into its buffer, and waits until it has. */
  public void read(long dmaAddress, int lengthBytes) {
    transfer(dmaAddress, BUFFER, lengthBytes, START);
  }

  /** Has the device write its buffer to memory, and waits until it has. */
  public void write(long dmaAddress, int lengthBytes) {
    transfer(BUFFER, dmaAddress, lengthBytes, START | TO_MEMORY);
  }

  private void transfer(long source, long destination, int lengthBytes, long command) {
    if (lengthBytes < 1 || lengthBytes > MAX_TRANSFER_BYTES) {
      throw new IllegalArgumentException(
          "a transfer is 1 to " + MAX_TRANSFER_BYTES + " bytes, not " + lengthBytes);
    }
    registers.put64(DMA_SOURCE, source);
    registers.put64(DMA_DESTINATION, destination);
    registers.put64(DMA_COUNT, lengthBytes);
    registers.put64(DMA_COMMAND, command); // After everything that was written to memory before.
    long began = System.nanoTime();
    while ((registers.get64(DMA_COMMAND) & START) != 0) {
      if (System.nanoTime() - began > PATIENCE.toNanos()) {
        throw new IllegalStateException(
            device.address() + " has not ended a transfer in " + PATIENCE.toSeconds() + " seconds");
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }
}
