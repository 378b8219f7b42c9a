package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_device_info;
import io.holdfast.uapi.VfioUapi.vfio_region_info;
import java.lang.foreign.MemorySegment;

/** What a bound device answers ({@code drivers/vfio/pci/vfio_pci_core.c}). */
final class DeviceRequests {
  private static final int REGIONS = 9;

  /** Known to the kernel, and not simulated. */
  private static final long VFIO_DEVICE_IOEVENTFD = 0x3b74;

  private final PciFunction function;
  private final HotReset hotReset;
  private final InterruptRequests interrupts;

  DeviceRequests(PciFunction function) {
    this.function = function;
    this.hotReset = new HotReset(function);
    this.interrupts = new InterruptRequests(function);
  }

  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (request == VFIO_DEVICE_GET_INFO) {
      info(argument);
    } else if (request == VFIO_DEVICE_GET_REGION_INFO) {
      regionInfo(argument);
    } else if (request == VFIO_DEVICE_GET_IRQ_INFO) {
      interrupts.info(argument);
    } else if (request == VFIO_DEVICE_SET_IRQS) {
      interrupts.set(caller, argument);
    } else if (request == VFIO_DEVICE_RESET) {
      reset();
    } else if (request == VFIO_DEVICE_GET_PCI_HOT_RESET_INFO) {
      hotReset.info(argument);
    } else if (request == VFIO_DEVICE_PCI_HOT_RESET) {
      hotReset.reset(caller, argument);
    } else if (request == DeviceFeatures.VFIO_DEVICE_FEATURE) {
      throw DeviceFeatures.refusal(argument);
    } else {
      boolean known = request == VFIO_DEVICE_IOEVENTFD;
      throw Failure.of(known && argument.address() == 0 ? Errno.EFAULT : Errno.ENOTTY);
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
    if (function.bars().isMappable(index)) {
      flags |= VFIO_REGION_INFO_FLAG_MMAP;
    }
    vfio_region_info.flags.set(argument, flags);
    vfio_region_info.cap_offset.set(argument, 0);
    vfio_region_info.size.set(argument, size);
    vfio_region_info.offset.set(argument, (long) index << DeviceRegions.INDEX_SHIFT);
  }

  private void reset() {
    if (!function.device().isResettable()) {
      throw Failure.of(Errno.EINVAL);
    }
    function.device().reset();
  }
}
