package io.holdfast.sim;

import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.sys.Errno;
import java.util.Map;
import java.util.TreeMap;

/** /sys/bus/pci: the devices, their driver, and binding them to vfio-pci. */
final class PciTree {
  private static final String BUS = "/sys/bus/pci";
  private static final String DRIVER = BUS + "/drivers/" + PciFunction.VFIO_PCI;

  private final Boot boot;
  private final Namespace files;

  PciTree(Boot boot, Namespace files) {
    this.boot = boot;
    this.files = files;
  }

  void addTo(Namespace tree) {
    tree.addDirectory(BUS + "/devices");
    tree.addDirectory(DRIVER);
    tree.addDirectory("/sys/class/vfio-dev");
    tree.addText(BUS + "/drivers_probe", null, text -> probe(device(text)));
    tree.addText(DRIVER + "/bind", null, text -> bind(device(text)));
    tree.addText(DRIVER + "/unbind", null, text -> unbind(device(text)));
    for (PciFunction function : boot.functions()) {
      addDevice(tree, function);
    }
  }

  private void addDevice(Namespace tree, PciFunction function) {
    String address = function.address().toString();
    String bus = "pci%04x:%02x".formatted(function.address().domain(), function.address().bus());
    String directory = "/sys/devices/" + bus + "/" + address;
    PciIdentity identity = function.device().identity();
    tree.add(BUS + "/devices/" + address, new Node.Link("../../../devices/" + bus + "/" + address));
    tree.addText(directory + "/vendor", () -> "0x%04x\n".formatted(identity.vendorId()));
    tree.addText(directory + "/device", () -> "0x%04x\n".formatted(identity.deviceId()));
    tree.addText(
        directory + "/subsystem_vendor", () -> "0x%04x\n".formatted(identity.subsystemVendorId()));
    tree.addText(
        directory + "/subsystem_device", () -> "0x%04x\n".formatted(identity.subsystemId()));
    tree.addText(directory + "/class", () -> "0x%06x\n".formatted(identity.classCode()));
    tree.addText(directory + "/revision", () -> "0x%02x\n".formatted(identity.revision()));
    tree.addText(directory + "/enable", () -> function.isOpen() ? "1\n" : "0\n", text -> {});
    tree.addText(directory + "/resource", () -> resource(function.config()));
    tree.addText(
        directory + "/driver_override",
        () -> (function.driverOverride().isEmpty() ? "(null)" : function.driverOverride()) + "\n",
        text -> {
          function.driverOverride(text.strip());
          boot.saveDrivers();
        });
    int nodes = boot.machine().numaNodes();
    if (nodes > 1) {
      tree.addText(directory + "/numa_node", () -> function.address().device() % nodes + "\n");
    }
    addOtherFunctions(tree, directory, function.address());
    tree.add(directory + "/config", new Node.Config(function));
    if (function.isBehindIommu()) {
      String group = "/sys/kernel/iommu_groups/" + function.group();
      tree.add(
          directory + "/iommu_group", new Node.Link("../../.." + group.substring("/sys".length())));
      tree.add(
          group + "/devices/" + address,
          new Node.Link("../../../../devices/" + bus + "/" + address));
    }
    if (!function.driver().isEmpty()) {
      tree.add(
          directory + "/driver", new Node.Link("../../../bus/pci/drivers/" + function.driver()));
      tree.add(DRIVER + "/" + address, new Node.Link("../../../../devices/" + bus + "/" + address));
    }
    if (function.vfioIndex() >= 0) {
      String name = function.vfioName();
      String entry = directory + "/vfio-dev/" + name;
      tree.addDirectory(entry);
      if (boot.machine().vfioCdevs()) {
        tree.addText(entry + "/dev", () -> DeviceNumbers.device(function) + "\n");
      }
      if (!function.isBehindIommu()) {
        addNoiommuGroup(tree, directory, function.group());
      }
      tree.add(
          "/sys/class/vfio-dev/" + name,
          new Node.Link("../../devices/" + bus + "/" + address + "/vfio-dev/" + name));
    }
  }

  /** Links to the physical function of a virtual one, and the other way round. */
  private void addOtherFunctions(Namespace tree, String directory, PciAddress address) {
    Map<PciAddress, PciAddress> virtual = new TreeMap<>(boot.machine().virtualFunctions());
    if (virtual.containsKey(address)) {
      tree.add(directory + "/physfn", new Node.Link("../" + virtual.get(address)));
    }
    int count = 0;
    for (Map.Entry<PciAddress, PciAddress> each : virtual.entrySet()) {
      if (each.getValue().equals(address)) {
        tree.add(directory + "/virtfn" + count++, new Node.Link("../" + each.getKey()));
      }
    }
  }

  /** vfio makes up a group for a device without an IOMMU, which has this name. */
  private static void addNoiommuGroup(Namespace tree, String directory, int index) {
    String group = "/sys/kernel/iommu_groups/" + index;
    tree.addText(group + "/name", () -> "vfio-noiommu\n");
    tree.add(directory + "/iommu_group", new Node.Link("../../../kernel/iommu_groups/" + index));
  }

  private static String resource(ConfigSpace config) {
    StringBuilder text = new StringBuilder();
    for (int bar = 0; bar < 6; bar++) {
      long size = config.barBytes(bar);
      long start = config.barAddress(bar);
      text.append(
          size == 0
              ? "0x%016x 0x%016x 0x%016x\n".formatted(0, 0, 0)
              : "0x%016x 0x%016x 0x%016x\n".formatted(start, start + size - 1, 0x40200));
    }
    return text.toString();
  }

  private PciFunction device(String text) {
    return boot.functionAt(text.strip()).orElseThrow(() -> Failure.of(Errno.ENODEV));
  }

  /** A driver that fails to probe leaves the device without one, and the write succeeds. */
  private void probe(PciFunction function) {
    if (function.driver().isEmpty()
        && function.driverOverride().equals(PciFunction.VFIO_PCI)
        && canBind(function)) {
      attachDriver(function);
    }
  }

  private void bind(PciFunction function) {
    if (!function.driver().isEmpty()) {
      throw Failure.of(Errno.EBUSY);
    }
    if (!function.driverOverride().equals(PciFunction.VFIO_PCI)) {
      throw Failure.of(Errno.ENODEV);
    }
    if (!canBind(function)) {
      throw Failure.of(Errno.EINVAL);
    }
    attachDriver(function);
  }

  /** Without an IOMMU, vfio takes a device only in noiommu mode. */
  private boolean canBind(PciFunction function) {
    return function.isBehindIommu() || boot.file().noiommuMode();
  }

  private void attachDriver(PciFunction function) {
    function.driver(PciFunction.VFIO_PCI);
    function.vfioIndex(boot.takeVfioIndex());
    changed();
  }

  private void unbind(PciFunction function) {
    if (!function.driver().equals(PciFunction.VFIO_PCI)) {
      throw Failure.of(Errno.ENODEV);
    }
    if (function.isOpen() || function.groupOpeners() > 0) {
      // The real kernel waits until the driver lets go, which here would be for ever.
      throw Failure.of(Errno.EBUSY);
    }
    function.driver("");
    function.vfioIndex(-1);
    changed();
  }

  private void changed() {
    boot.saveDrivers();
    files.rebuild();
  }
}
