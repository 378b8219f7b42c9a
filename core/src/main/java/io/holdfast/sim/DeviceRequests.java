package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_device_info;
import io.holdfast.uapi.VfioUapi.vfio_irq_info;
import io.holdfast.uapi.VfioUapi.vfio_irq_set;
import io.holdfast.uapi.VfioUapi.vfio_region_info;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a bound device answers ({@code drivers/vfio/pci/vfio_pci_core.c}). */
final class DeviceRequests {
  private static final int REGIONS = 9;

  private final PciFunction function;
  private final HotReset hotReset;

  DeviceRequests(PciFunction function) {
    this.function = function;
    this.hotReset = new HotReset(function);
  }

  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (request == VFIO_DEVICE_GET_INFO) {
      info(argument);
    } else if (request == VFIO_DEVICE_GET_REGION_INFO) {
      regionInfo(argument);
    } else if (request == VFIO_DEVICE_GET_IRQ_INFO) {
      irqInfo(argument);
    } else if (request == VFIO_DEVICE_SET_IRQS) {
      setIrqs(caller, argument);
    } else if (request == VFIO_DEVICE_RESET) {
      reset();
    } else if (request == VFIO_DEVICE_GET_PCI_HOT_RESET_INFO) {
      hotReset.info(argument);
    } else if (request == VFIO_DEVICE_PCI_HOT_RESET) {
      hotReset.reset(argument);
    } else {
      throw Failure.of(Errno.ENOTTY);
    }
    return 0;
  }

  private void info(MemorySegment argument) {
    UserMemory.vfio(argument, 16);
    int reset = function.device().isResettable() ? VFIO_DEVICE_FLAGS_RESET : 0;
    vfio_device_info.flags.set(argument, VFIO_DEVICE_FLAGS_PCI | reset);
    vfio_device_info.num_regions.set(argument, REGIONS);
    vfio_device_info.num_irqs.set(argument, Interrupts.INDICES);
    if (vfio_device_info.argsz.get(argument) >= 20 && argument.byteSize() >= 20) {
      vfio_device_info.cap_offset.set(argument, 0);
    }
  }

  private void regionInfo(MemorySegment argument) {
    UserMemory.vfio(argument, vfio_region_info.LAYOUT.size());
    int index = vfio_region_info.index.get(argument);
    if (index < 0 || index >= REGIONS) {
      throw Failure.of(Errno.EINVAL);
    }
    long size = 0;
    if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
      size = function.config().size();
    } else if (index <= VFIO_PCI_BAR5_REGION_INDEX) {
      size = function.config().barBytes(index);
    } else if (index == VFIO_PCI_VGA_REGION_INDEX) {
      throw Failure.of(Errno.EINVAL);
    }
    int flags = size == 0 ? 0 : VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
    vfio_region_info.flags.set(argument, flags);
    vfio_region_info.cap_offset.set(argument, 0);
    vfio_region_info.size.set(argument, size);
    vfio_region_info.offset.set(argument, (long) index << DeviceRegions.INDEX_SHIFT);
  }

  private void irqInfo(MemorySegment argument) {
    UserMemory.vfio(argument, 16);
    int index = vfio_irq_info.index.get(argument);
    int more =
        switch (index) {
          case VFIO_PCI_INTX_IRQ_INDEX -> VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
          case VFIO_PCI_MSI_IRQ_INDEX,
              VFIO_PCI_MSIX_IRQ_INDEX,
              VFIO_PCI_ERR_IRQ_INDEX,
              VFIO_PCI_REQ_IRQ_INDEX ->
              VFIO_IRQ_INFO_NORESIZE;
          default -> throw Failure.of(Errno.EINVAL);
        };
    vfio_irq_info.flags.set(argument, VFIO_IRQ_INFO_EVENTFD | more);
    vfio_irq_info.count.set(argument, irqCount(index));
  }

  private static int irqCount(int index) {
    return index == VFIO_PCI_MSIX_IRQ_INDEX ? 0 : 1;
  }

  private void setIrqs(SimulatedProcess caller, MemorySegment argument) {
    UserMemory.vfio(argument, vfio_irq_set.LAYOUT.size());
    int flags = vfio_irq_set.flags.get(argument);
    int index = vfio_irq_set.index.get(argument);
    int start = vfio_irq_set.start.get(argument);
    int count = vfio_irq_set.count.get(argument);
    int data =
        flags & (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_DATA_EVENTFD);
    int action =
        flags
            & (VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_ACTION_TRIGGER);
    if (index < 0
        || index >= Interrupts.INDICES
        || (flags & ~(data | action)) != 0
        || Integer.bitCount(data) != 1
        || Integer.bitCount(action) != 1
        || start < 0
        || count < 0
        || start + count > irqCount(index)) {
      throw Failure.of(Errno.EINVAL);
    }
    if (action != VFIO_IRQ_SET_ACTION_TRIGGER) {
      // Masking only INTx knows; here its events are never masked, so there is nothing to do.
      if (index != VFIO_PCI_INTX_IRQ_INDEX) {
        throw Failure.of(Errno.ENOTTY);
      }
      return;
    }
    Interrupts interrupts = function.interrupts();
    if (data == VFIO_IRQ_SET_DATA_NONE) {
      if (count == 0) {
        interrupts.set(index, null);
      } else if (interrupts.isSet(index)) {
        interrupts.trigger(index);
      } else {
        throw Failure.of(Errno.EINVAL);
      }
      return;
    }
    long least = vfio_irq_set.LAYOUT.size() + (data == VFIO_IRQ_SET_DATA_EVENTFD ? 4L : 1L) * count;
    UserMemory.vfio(argument, least);
    if (count == 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if (data == VFIO_IRQ_SET_DATA_BOOL) {
      if (argument.get(ValueLayout.JAVA_BYTE, vfio_irq_set.LAYOUT.size()) != 0) {
        interrupts.trigger(index);
      }
      return;
    }
    int fd = argument.get(ValueLayout.JAVA_INT_UNALIGNED, vfio_irq_set.LAYOUT.size());
    if (fd == -1) {
      interrupts.set(index, null);
    } else if (interrupts.excludes(index)) {
      throw Failure.of(Errno.EINVAL);
    } else if (caller.descriptors().get(fd) instanceof EventFile event) {
      interrupts.set(index, event);
    } else {
      throw Failure.of(Errno.EINVAL);
    }
  }

  private void reset() {
    if (!function.device().isResettable()) {
      throw Failure.of(Errno.EINVAL);
    }
    function.device().reset();
  }
}
