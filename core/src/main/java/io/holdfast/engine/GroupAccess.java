package io.holdfast.engine;

import io.holdfast.linux.PciSysfs;
import io.holdfast.linux.VfioContainer;
import io.holdfast.linux.VfioDeviceFile;
import io.holdfast.linux.VfioGroup;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Undo;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * A device that its legacy group has opened, outside of any session.
 *
 * <p>The engine's half of the public {@code GroupDevice}. The open device holds its group, and that
 * the container, so that neither is kept here. Thread-safe.
 */
public final class GroupAccess implements AutoCloseable, HostProcess.Resident {
  private final PciAddress address;
  private final PciIdentity identity;
  private final OptionalInt numaNode;
  private final VfioDeviceFile file;
  private final DeviceAccess access;
  private final LeakWatch watch;

  private GroupAccess(PciSysfs pci, PciAddress address, VfioDeviceFile file) {
    this.address = address;
    this.identity = pci.identity(address);
    this.numaNode = pci.numaNode(address);
    this.file = file;
    this.access = new DeviceAccess(file);
    this.watch = LeakWatch.of(this, "device " + file.what());
  }

  /** Opens a device with bus mastering off; one without a driver is given to vfio-pci first. */
  public static GroupAccess open(HostProcess process, PciAddress address, Optional<UUID> vfToken) {
    PciSysfs pci = new PciSysfs(process.syscalls());
    pci.bindIfUnbound(address);
    pci.requireVfioPci(address);
    String node = node(pci, address);
    try (Undo undo = new Undo();
        VfioContainer container = VfioContainer.open(process.syscalls());
        VfioGroup group = VfioGroup.open(process.syscalls(), node)) {
      group.setContainer(container);
      container.useNoiommu();
      VfioDeviceFile file = undo.closes(group.device(address, vfToken));
      GroupAccess opened = new GroupAccess(pci, address, file);
      undo.with(opened.watch::close);
      // The kernel has cleared it; without this, that would have to be believed.
      opened.access.setBusMaster(false);
      process.register(opened);
      undo.forget();
      return opened;
    }
  }

  private static String node(PciSysfs pci, PciAddress address) {
    if (pci.isBehindIommu(address)) {
      throw new DeviceUnavailableException(
          "device "
              + address
              + " is behind an IOMMU: opened by its group alone it would reach no"
              + " memory",
          "bind it to a session (LiveSession.bind), which maps memory for it");
    }
    return pci.noiommuGroup(address)
        .orElseThrow(() ->
            new DeviceUnavailableException(
                "device " + address + " has no legacy VFIO group",
                "set vfio.enable_unsafe_noiommu_mode=1 before vfio-pci binds it"
                    + " (CONFIG_VFIO_GROUP, CONFIG_VFIO_NOIOMMU)"));
  }

  /** Where it sits. */
  public PciAddress address() {
    return address;
  }

  /** What it is. */
  public PciIdentity identity() {
    return identity;
  }

  /** The NUMA node whose memory is nearest to it, where there is one. */
  public OptionalInt numaNode() {
    return numaNode;
  }

  /** What its driver does with it. */
  public DeviceAccess access() {
    return access;
  }

  @Override
  public synchronized void close() {
    // A device that cannot be stopped is closed for all that: the kernel stops it then.
    new Closing().step(access::stop).step(access::release).step(file::close).end();
    watch.close();
  }

  @Override
  public void processDied() {
    access.forget();
    watch.close();
  }
}
