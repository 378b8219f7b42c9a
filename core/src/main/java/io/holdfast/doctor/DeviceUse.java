package io.holdfast.doctor;

import io.holdfast.linux.Descriptor;
import io.holdfast.linux.DeviceHolders;
import io.holdfast.linux.PciSysfs;
import io.holdfast.linux.SmallFiles;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;

/**
 * Whether a device can be bound: free, in use by a process, or held by the kernel with no process
 * left that could be stopped.
 *
 * <p>While a device is bound, Linux refuses to open its legacy group with EBUSY. The group is
 * opened only if no process has the device open, since meanwhile nobody could bind it.
 */
final class DeviceUse {
  private static final String NAME = "device-use";

  private DeviceUse() {}

  /** Nothing if the device has no node, or no group that may be opened. */
  static Optional<HostCheck> check(Syscalls kernel, PciAddress address, String folder) {
    List<String> nodes = SmallFiles.listable(kernel, folder + "/vfio-dev").orElse(List.of());
    Optional<String> entry = nodes.stream().findFirst();
    Optional<String> number = SmallFiles.readableLinkName(kernel, folder + "/iommu_group");
    if (entry.isEmpty() || number.isEmpty()) {
      return Optional.empty();
    }
    String node = "/dev/vfio/devices/" + entry.get();
    boolean isNoiommu = PciSysfs.isNoiommuGroup(kernel, folder + "/iommu_group");
    String group = "/dev/vfio/" + (isNoiommu ? "noiommu-" : "") + number.get();
    DeviceHolders holders = DeviceHolders.of(kernel, node, group);
    if (!holders.processes().isEmpty()) {
      return Optional.of(HostCheck.ok(NAME, node + " is open in " + holders.named()));
    }
    if (holders.own()) {
      return Optional.of(HostCheck.ok(NAME, node + " is open in this process"));
    }
    return switch (-Descriptor.tryOpen(kernel, group)) {
      case 0 -> Optional.of(HostCheck.ok(NAME, "nothing has bound " + address));
      case Errno.EBUSY -> Optional.of(bound(node, address, holders.complete()));
      default -> Optional.empty();
    };
  }

  private static HostCheck bound(String node, PciAddress address, boolean complete) {
    return complete
        ? HostCheck.notOk(
            NAME,
            address + " is bound, but no process has " + node + " open: the kernel itself holds it",
            "kexec or reboot, which alone frees it, unless a process still maps its registers:"
                + " grep -l "
                + node
                + " /proc/[0-9]*/maps")
        : HostCheck.warning(
            NAME,
            address + " is bound, by whom could not be seen",
            "run as root, which sees what every process has open");
  }
}
