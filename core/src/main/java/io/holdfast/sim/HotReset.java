package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.model.PciAddress;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_pci_dependent_device;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset_info;
import java.lang.foreign.MemorySegment;

/**
 * Hot reset of a resettable device's slot, in which it is alone here: every function in the set
 * must be bound to the caller's iommufd, and no group may be named.
 */
final class HotReset {
  private final PciFunction function;

  HotReset(PciFunction function) {
    this.function = function;
  }

  void info(MemorySegment argument) {
    UserMemory.vfio(argument, vfio_pci_hot_reset_info.LAYOUT.size());
    resettable();
    vfio_pci_hot_reset_info.flags.set(argument, 0);
    vfio_pci_hot_reset_info.count.set(argument, 1);
    long entry = vfio_pci_dependent_device.LAYOUT.size();
    long at = vfio_pci_hot_reset_info.LAYOUT.size();
    if (Integer.toUnsignedLong(vfio_pci_hot_reset_info.argsz.get(argument)) < at + entry) {
      throw Failure.of(Errno.ENOSPC);
    }
    vfio_pci_hot_reset_info.flags.set(
        argument, VFIO_PCI_HOT_RESET_FLAG_DEV_ID | VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED);
    PciAddress address = function.address();
    MemorySegment device = argument.asSlice(at, entry);
    vfio_pci_dependent_device.devid.set(device, function.boundBy().iommufdDevice().id());
    vfio_pci_dependent_device.segment.set(device, address.domain());
    vfio_pci_dependent_device.bus.set(device, address.bus());
    vfio_pci_dependent_device.devfn.set(device, address.device() << 3 | address.function());
  }

  void reset(MemorySegment argument) {
    UserMemory.vfio(argument, vfio_pci_hot_reset.LAYOUT.size());
    if (vfio_pci_hot_reset.flags.get(argument) != 0
        || vfio_pci_hot_reset.count.get(argument) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    resettable();
    function.device().reset();
  }

  private void resettable() {
    if (!function.device().isResettable()) {
      throw Failure.of(Errno.ENODEV);
    }
  }
}
