package io.holdfast.cli.demo;

import io.holdfast.DeviceRegion;
import io.holdfast.VfioDevice;

/**
 * Drives QEMU's teaching device edu (1234:11e8), which copies bytes between memory and a buffer of
 * its own, by the registers its specification gives. Not thread-safe.
 */
final class EduDriver {
  /** The most that one transfer copies: QEMU 7.2 aborts at the buffer's full 4096 bytes. */
  static final int MAX_TRANSFER_BYTES = 2048;

  private static final long DMA_SOURCE = 0x80;
  private static final long DMA_DESTINATION = 0x88;
  private static final long DMA_COUNT = 0x90;
  private static final long DMA_COMMAND = 0x98;
  private static final long START = 1;
  private static final long TO_MEMORY = 2;
  private static final long DEVICE_BUFFER = 0x40000;
  private static final int PATIENCE_MILLIS = 10_000;

  private final DeviceRegion registers;

  EduDriver(VfioDevice device) {
    registers = device.region(0);
  }

  /** Lets the device read memory at a physical address into its own buffer. */
  void read(long physicalAddress, int lengthBytes) {
    transfer(physicalAddress, DEVICE_BUFFER, lengthBytes, START);
  }

  /** Lets the device write its own buffer to memory at a physical address. */
  void write(long physicalAddress, int lengthBytes) {
    transfer(DEVICE_BUFFER, physicalAddress, lengthBytes, START | TO_MEMORY);
  }

  private void transfer(long source, long destination, int lengthBytes, long command) {
    registers.put64(DMA_SOURCE, source);
    registers.put64(DMA_DESTINATION, destination);
    registers.put64(DMA_COUNT, lengthBytes);
    registers.put64(DMA_COMMAND, command);
    for (int waited = 0; (registers.get64(DMA_COMMAND) & START) != 0; waited++) {
      if (waited == PATIENCE_MILLIS) {
        throw new IllegalStateException("the device has not finished a transfer in 10 seconds");
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the device copies", e);
    }
  }
}
