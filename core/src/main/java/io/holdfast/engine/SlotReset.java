package io.holdfast.engine;

import io.holdfast.linux.DeviceHolders;
import io.holdfast.linux.HotReset;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.ResetFunction;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;

/**
 * Resets a device with all functions of its slot or bus, or says which function prevents it and who
 * has that. Keeps no state.
 */
final class SlotReset {
  private final Syscalls syscalls;
  private final LiveDevice device;

  SlotReset(Syscalls syscalls, LiveDevice device) {
    this.syscalls = syscalls;
    this.device = device;
  }

  /** The functions that are reset together. */
  List<ResetFunction> functions() {
    return HotReset.functions(device.cdev()).stream()
        .map(each ->
            new ResetFunction(
                each.address(),
                each.owned(),
                each.owned() ? "this session" : ownerOf(each.address())))
        .toList();
  }

  private String ownerOf(PciAddress address) {
    PciSysfs pci = new PciSysfs(syscalls);
    Optional<String> driver = pci.driver(address);
    if (driver.isEmpty()) {
      return "nobody";
    }
    Optional<String> entry = pci.vfioEntry(address);
    if (!driver.get().equals(PciSysfs.VFIO_PCI) || entry.isEmpty()) {
      return "driver \"" + driver.get() + "\"";
    }
    DeviceHolders holders = DeviceHolders.of(syscalls, "/dev/vfio/devices/" + entry.get());
    if (!holders.processes().isEmpty()) {
      return holders.named();
    }
    if (holders.own()) {
      return "another session of this process";
    }
    return holders.complete() ? "nobody" : "a process that cannot be seen";
  }

  /**
   * Resets all of them.
   *
   * @throws DeviceUnavailableException if one of them is not the session's
   */
  void reset() {
    for (ResetFunction each : functions()) {
      if (!each.owned()) {
        throw new DeviceUnavailableException(
            "device %s cannot be reset with its slot: function %s would be reset with it, and is not"
                    .formatted(device.address(), each.address())
                + " bound to this session (it belongs to "
                + each.owner()
                + ")",
            "bind "
                + each.address()
                + " to this session, too; unbind its driver or stop its process first");
      }
    }
    HotReset.reset(device.cdev());
  }
}
