package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.sys.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A device's BARs and configuration space as ranges of its descriptor ({@code
 * drivers/vfio/pci/vfio_pci_rdwr.c}).
 */
final class DeviceRegions {
  /** A region's index is in the bits from 40 on of an offset, as vfio-pci lays them out. */
  static final int INDEX_SHIFT = 40;

  private final PciFunction function;

  DeviceRegions(PciFunction function) {
    this.function = function;
  }

  long read(long offset, MemorySegment buffer) {
    return access(offset, buffer, false);
  }

  long write(long offset, MemorySegment buffer) {
    return access(offset, buffer, true);
  }

  private long access(long offset, MemorySegment buffer, boolean write) {
    long index = offset >>> INDEX_SHIFT;
    long at = offset & (1L << INDEX_SHIFT) - 1;
    if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
      return config(at, buffer, write);
    }
    if (index > VFIO_PCI_BAR5_REGION_INDEX) {
      throw Failure.of(Errno.EINVAL);
    }
    return bar((int) index, at, buffer, write);
  }

  private long config(long at, MemorySegment buffer, boolean write) {
    ConfigSpace config = function.config();
    if (at >= config.size() || at + buffer.byteSize() > config.size()) {
      throw Failure.of(Errno.EFAULT);
    }
    if (write) {
      boolean disabled = config.isIntxDisabled();
      config.write(at, buffer);
      if (config.isIntxDisabled() && !disabled) {
        function.interrupts().mask();
      } else if (disabled) {
        function.unmaskIntx();
      }
      if (config.hasMsi()) {
        config.msi().write(at, buffer, function.interrupts().inUse() == VFIO_PCI_MSI_IRQ_INDEX);
      }
    } else {
      config.read(at, buffer);
    }
    return buffer.byteSize();
  }

  /** Register accesses as wide as alignment and what is left allow. */
  private long bar(int bar, long at, MemorySegment buffer, boolean write) {
    long size = function.config().barBytes(bar);
    if (at >= size) {
      throw Failure.of(Errno.EINVAL);
    }
    if (!function.config().isMemoryEnabled()) {
      throw Failure.of(Errno.EIO);
    }
    long count = Math.min(buffer.byteSize(), size - at);
    long done = 0;
    while (done < count) {
      int width = width(at + done, count - done);
      MemorySegment part = buffer.asSlice(done, width);
      if (function.config().isMsixTable(bar, at + done)) {
        if (!write) {
          set(part, width, -1);
        }
      } else if (write) {
        function.device().write(bar, at + done, width, get(part, width));
        if (!function.device().isInterrupting()) {
          function.interrupts().lowered();
        }
      } else {
        set(part, width, function.device().read(bar, at + done, width));
      }
      done += width;
    }
    return count;
  }

  private static int width(long at, long left) {
    int width = Long.BYTES;
    while (width > left || at % width != 0) {
      width /= 2;
    }
    return width;
  }

  private static long get(MemorySegment part, int width) {
    return switch (width) {
      case 8 -> part.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
      case 4 -> part.get(ValueLayout.JAVA_INT_UNALIGNED, 0) & 0xffff_ffffL;
      case 2 -> part.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0) & 0xffffL;
      default -> part.get(ValueLayout.JAVA_BYTE, 0) & 0xffL;
    };
  }

  private static void set(MemorySegment part, int width, long value) {
    switch (width) {
      case 8 -> part.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, value);
      case 4 -> part.set(ValueLayout.JAVA_INT_UNALIGNED, 0, (int) value);
      case 2 -> part.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) value);
      default -> part.set(ValueLayout.JAVA_BYTE, 0, (byte) value);
    }
  }
}
