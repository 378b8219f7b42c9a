package io.holdfast.doctor;

import io.holdfast.linux.Descriptor;
import io.holdfast.linux.PciSysfs;
import io.holdfast.linux.SmallFiles;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What Holdfast needs of one PCI device. */
final class DeviceChecks {
  private static final String DRIVER = PciSysfs.VFIO_PCI;

  private final Syscalls kernel;
  private final PciAddress address;
  private final String directory;

  DeviceChecks(Syscalls kernel, PciAddress address) {
    this.kernel = kernel;
    this.address = address;
    this.directory = "/sys/bus/pci/devices/" + address;
  }

  List<HostCheck> all() {
    if (SmallFiles.listable(kernel, directory).isEmpty()) {
      return List.of(
          HostCheck.notOk(
              "device",
              "there is no device at " + address,
              "see what there is: lspci -D, or ls /sys/bus/pci/devices"));
    }
    List<HostCheck> checks = new ArrayList<>();
    checks.add(HostCheck.ok("device", address + identity()));
    checks.add(driver());
    checks.add(iommu());
    checks.add(node());
    DeviceUse.check(kernel, address, directory).ifPresent(checks::add);
    return List.copyOf(checks);
  }

  private String identity() {
    String vendor = SmallFiles.readable(kernel, directory + "/vendor").orElse("?");
    String device = SmallFiles.readable(kernel, directory + "/device").orElse("?");
    return " is " + vendor.replaceFirst("^0x", "") + ":" + device.replaceFirst("^0x", "");
  }

  private HostCheck driver() {
    String name = "device-driver";
    Optional<String> driver = SmallFiles.readableLinkName(kernel, directory + "/driver");
    String remedy =
        "echo "
            + DRIVER
            + " > "
            + directory
            + "/driver_override; "
            + driver
                .map(other -> "echo " + address + " > " + directory + "/driver/unbind; ")
                .orElse("")
            + "echo "
            + address
            + " > /sys/bus/pci/drivers_probe";
    if (driver.isEmpty()) {
      return HostCheck.warning(
          name,
          address + " has no driver; a session gives it to " + DRIVER + " when it binds it",
          "nothing, or beforehand: " + remedy);
    }
    return driver.get().equals(DRIVER)
        ? HostCheck.ok(name, address + " is bound to " + DRIVER)
        : HostCheck.notOk(
            name, address + " is bound to " + driver.get() + ", not to " + DRIVER, remedy);
  }

  private HostCheck iommu() {
    String name = "device-no-iommu";
    if (!PciSysfs.isBehindIommu(kernel, directory)) {
      return HostCheck.ok(name, "no IOMMU is in front of " + address);
    }
    return HostCheck.warning(
        name,
        address
            + " is behind an IOMMU (group "
            + SmallFiles.readableLinkName(kernel, directory + "/iommu_group").orElse("?")
            + "): it uses IOVAs, and its buffers have no physical addresses",
        "nothing, if its driver uses IOVAs; for physical addresses boot with intel_iommu=off"
            + " amd_iommu=off iommu=off");
  }

  private HostCheck node() {
    String name = "device-node";
    List<String> nodes =
        SmallFiles.listable(kernel, directory + "/vfio-dev").orElse(List.of()).stream()
            .filter(entry ->
                SmallFiles.readable(kernel, PciSysfs.deviceNumber(directory, entry)).isPresent())
            .toList();
    if (nodes.isEmpty()) {
      return SmallFiles.readableLinkName(kernel, directory + "/driver").isEmpty()
          ? HostCheck.warning(
              name,
              address + " gets a node from vfio with its driver",
              "ask again once it is bound")
          : HostCheck.notOk(
              name,
              "vfio has no node for " + address,
              "bind it to "
                  + DRIVER
                  + " on a kernel with CONFIG_VFIO_DEVICE_CDEV; a legacy group, which needs none,"
                  + " pins no memory and preserves nothing");
    }
    String path = "/dev/vfio/devices/" + nodes.getFirst();
    int answer = Descriptor.tryOpen(kernel, path);
    return switch (-answer) {
      case 0 -> HostCheck.ok(name, path + " opens");
      case Errno.EPERM, Errno.EACCES ->
          HostCheck.notOk(
              name,
              path + " may not be opened (" + Errno.name(-answer) + ")",
              PciSysfs.isNoiommu(nodes.getFirst())
                  ? "run as root, with CAP_SYS_RAWIO"
                  : "run as root, or give the node to the driver's user");
      default ->
          HostCheck.notOk(
              name,
              "opening " + path + " is answered " + Errno.name(-answer),
              "see dmesg for what vfio says");
    };
  }
}
