package io.holdfast.sim;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The MSI capability as a driver sees it through VFIO, which keeps its registers to itself: what a
 * driver writes there reads back until it closes the device, and never reaches the device ({@code
 * vfio_msi_config_write} in {@code drivers/vfio/pci/vfio_pci_config.c}).
 */
final class MsiRegisters {
  private static final int FLAGS = 2;
  private static final int FLAG_ENABLE = 0x01;
  private static final int FLAGS_QUEUE_SIZE = 0x70;
  private static final int ADDRESS = 4;
  private static final int END = 14;

  private final MemorySegment bytes;
  private final long start;
  private byte[] before = {};

  /** {@code start} is where in the configuration space the capability begins. */
  MsiRegisters(MemorySegment configuration, long start) {
    this.bytes = configuration.asSlice(start, END);
    this.start = start;
  }

  void open() {
    before = bytes.toArray(ValueLayout.JAVA_BYTE);
  }

  void close() {
    MemorySegment.copy(before, 0, bytes, ValueLayout.JAVA_BYTE, 0, before.length);
  }

  /**
   * A driver's write to the configuration space. To enable MSI takes VFIO_DEVICE_SET_IRQS, and
   * there is one vector.
   */
  void write(long offset, MemorySegment source, boolean inUse) {
    for (long i = 0; i < source.byteSize(); i++) {
      long at = offset + i - start;
      if (at == FLAGS || (at >= ADDRESS && at < END)) {
        bytes.set(ValueLayout.JAVA_BYTE, at, source.get(ValueLayout.JAVA_BYTE, i));
      }
    }
    long end = offset + source.byteSize() - start;
    if (offset - start <= FLAGS && end >= FLAGS) {
      int flags = bytes.get(ValueLayout.JAVA_BYTE, FLAGS) & ~FLAGS_QUEUE_SIZE;
      bytes.set(ValueLayout.JAVA_BYTE, FLAGS, (byte) (inUse ? flags : flags & ~FLAG_ENABLE));
    }
  }
}
