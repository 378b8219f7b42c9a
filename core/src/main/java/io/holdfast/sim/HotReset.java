package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.model.PciAddress;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_pci_dependent_device;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset_info;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Hot reset of a resettable device's slot: all of its functions are reset at once, so that every
 * one must be the caller's. With a device that is bound to an iommufd that means bound to the same
 * one, and no group may be named; with a device that its group has opened, the caller names the
 * open groups of all of them.
 */
final class HotReset {
  private final PciFunction function;

  HotReset(PciFunction function) {
    this.function = function;
  }

  void info(MemorySegment argument) {
    UserMemory.vfio(argument, vfio_pci_hot_reset_info.LAYOUT.size());
    resettable();
    List<PciFunction> set = function.slot();
    vfio_pci_hot_reset_info.flags.set(argument, 0);
    vfio_pci_hot_reset_info.count.set(argument, set.size());
    long entry = vfio_pci_dependent_device.LAYOUT.size();
    long at = vfio_pci_hot_reset_info.LAYOUT.size();
    long room = Integer.toUnsignedLong(vfio_pci_hot_reset_info.argsz.get(argument)) - at;
    if (room < set.size() * entry) {
      throw Failure.of(Errno.ENOSPC);
    }
    int flags = VFIO_PCI_HOT_RESET_FLAG_DEV_ID | VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED;
    for (PciFunction each : set) {
      PciAddress address = each.address();
      MemorySegment device = argument.asSlice(at, entry);
      boolean owned = isOwned(each);
      if (isGroups()) {
        vfio_pci_dependent_device.group_id.set(device, group(each));
        flags = 0;
      } else {
        vfio_pci_dependent_device.devid.set(
            device, owned ? each.boundBy().iommufdDevice().id() : VFIO_PCI_DEVID_NOT_OWNED);
      }
      vfio_pci_dependent_device.segment.set(device, address.domain());
      vfio_pci_dependent_device.bus.set(device, address.bus());
      vfio_pci_dependent_device.devfn.set(device, address.device() << 3 | address.function());
      flags = owned ? flags : flags & ~VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED;
      at += entry;
    }
    vfio_pci_hot_reset_info.flags.set(argument, flags);
  }

  void reset(SimulatedProcess caller, MemorySegment argument) {
    UserMemory.vfio(argument, vfio_pci_hot_reset.LAYOUT.size());
    long count = Integer.toUnsignedLong(vfio_pci_hot_reset.count.get(argument));
    if (vfio_pci_hot_reset.flags.get(argument) != 0 || isGroups() == (count == 0)) {
      throw Failure.of(Errno.EINVAL);
    }
    resettable();
    List<PciFunction> set = function.slot();
    boolean whole =
        isGroups()
            ? namedGroups(caller, argument, count).containsAll(set)
            : set.stream().allMatch(this::isOwned);
    if (!whole) {
      throw Failure.of(Errno.EINVAL);
    }
    set.forEach(each -> each.device().reset());
  }

  private Set<PciFunction> namedGroups(
      SimulatedProcess caller, MemorySegment argument, long count) {
    if (count > function.slot().size()) {
      throw Failure.of(Errno.EINVAL);
    }
    MemorySegment numbers = vfio_pci_hot_reset.group_fds.slice(argument);
    if (numbers.byteSize() < count * Integer.BYTES) {
      throw Failure.of(Errno.EFAULT);
    }
    Set<PciFunction> named = new HashSet<>();
    for (long i = 0; i < count; i++) {
      int fd = numbers.get(ValueLayout.JAVA_INT_UNALIGNED, i * Integer.BYTES);
      if (!(caller.descriptors().get(fd) instanceof VfioGroupFile group)) {
        throw Failure.of(Errno.EINVAL);
      }
      named.add(group.function());
    }
    return named;
  }

  /** Whether its group has opened the device. */
  private boolean isGroups() {
    return function.boundBy() == null;
  }

  private static int group(PciFunction of) {
    if (of.vfioIndex() < 0 && !of.isBehindIommu()) {
      throw Failure.of(Errno.EPERM); // It has none.
    }
    return of.group();
  }

  /** Whether it is bound to the same iommufd; sharing a group is no credit without an IOMMU. */
  private boolean isOwned(PciFunction other) {
    VfioCdevFile holder = other.boundBy();
    return holder != null
        && !isGroups()
        && holder.iommufdDevice().context() == function.boundBy().iommufdDevice().context();
  }

  private void resettable() {
    if (!function.device().isResettable()) {
      throw Failure.of(Errno.ENODEV);
    }
  }
}
