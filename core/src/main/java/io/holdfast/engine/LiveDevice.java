package io.holdfast.engine;

import io.holdfast.linux.Iommufd;
import io.holdfast.linux.PciSysfs;
import io.holdfast.linux.VfioCdev;
import io.holdfast.model.DeviceState;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.Extensions;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.Optional;
import java.util.UUID;

/**
 * A device that is bound to the session's iommufd and attached to an IOAS now.
 *
 * <p>The engine's half of the public {@code VfioDevice}; registers and interrupts are in {@link
 * DeviceAccess}. Bus mastering is off when an instance comes to be, and is the driver's to switch
 * on. Attaching and detaching are guarded by the session's lock.
 */
public final class LiveDevice implements AutoCloseable {
  private final VfioCdev cdev;
  private final Iommufd iommufd;
  private final int deviceId;
  private final DeviceAccess access;
  private volatile DeviceState state;
  private LiveIoas ioas;

  /** The page table of its own, or 0. */
  private int pageTable;

  /** A device that is bound to an iommufd, with what that calls it. */
  LiveDevice(DeviceState state, VfioCdev cdev, Iommufd iommufd, KernelIds.DeviceIds ids) {
    this.state = state;
    this.cdev = cdev;
    this.iommufd = iommufd;
    this.deviceId = ids.device();
    this.pageTable = ids.pageTable();
    this.access = new DeviceAccess(cdev);
  }

  /**
   * Opens and binds a device, with bus mastering off; one that has no driver is given to vfio-pci
   * first.
   *
   * @param vfToken what a virtual function, or its physical one, is opened with
   */
  static LiveDevice bind(
      Syscalls syscalls, Iommufd iommufd, DeviceState state, Optional<UUID> vfToken) {
    PciSysfs pci = new PciSysfs(syscalls);
    pci.bindIfUnbound(state.address()); // A restore's: after a kexec it has no driver yet.
    String node = pci.node(state.address(), state.behindIommu());
    if (!pci.identity(state.address()).equals(state.identity())) {
      throw new DeviceUnavailableException(
          "another device sits at "
              + state.address()
              + ": it was "
              + state.identity()
              + " and is "
              + pci.identity(state.address()),
          "put the device back where it was");
    }
    try (Undo undo = new Undo()) {
      VfioCdev cdev = undo.closes(VfioCdev.open(syscalls, node));
      LiveDevice device =
          new LiveDevice(
              state, cdev, iommufd, new KernelIds.DeviceIds(cdev.bind(iommufd, vfToken), 0));
      // BIND has cleared it, but a device that can write memory before its memory is verified must
      // not exist at all.
      device.access.setBusMaster(false);
      undo.forget();
      return device;
    }
  }

  /**
   * Attaches it, in place of what it was attached to, by a page table of its own if it has one.
   * Where the kernel refuses, it stays.
   */
  void attach(LiveIoas target) {
    int before = pageTable;
    try (Undo undo = new Undo()) {
      int made = 0;
      if (state.ownPageTable()) {
        int fresh = iommufd.allocatePageTable(deviceId, target.id);
        undo.with(() -> iommufd.destroy(fresh));
        made = fresh;
      }
      cdev.attach(made == 0 ? target.id : made);
      undo.forget();
      pageTable = made;
    }
    if (ioas != null) {
      ioas.devices.remove(this);
    }
    ioas = target;
    target.devices.add(this);
    state = identified(state.attachedTo(target.name), pageTable);
    if (before != 0) {
      iommufd.destroy(before);
    }
  }

  /** Makes a page table of its IOAS for it, which it is not attached by yet; returns the id. */
  int makePageTable() {
    return iommufd.allocatePageTable(deviceId, ioas.id);
  }

  /** Destroys a page table that it is not attached by. */
  void destroyPageTable(int id) {
    iommufd.destroy(id);
  }

  /** Attaches it to its IOAS by a page table made for it, or by the shared one (0). */
  void attachBy(int id) {
    cdev.attach(id == 0 ? ioas.id : id);
    state = stateBy(id);
    pageTable = id;
  }

  /** What has to be recorded of it when it is attached by a page table made for it, or not (0). */
  DeviceState stateBy(int id) {
    return identified(state.withOwnPageTable(id != 0), id);
  }

  /**
   * Whether it is attached by the page table that is recorded. One that its process has recorded
   * and died before it was attached by it, is attached by it now, which changes nothing else.
   */
  boolean hasRecordedPageTable() {
    if (!state.ownPageTable() || pageTable == 0) {
      return !state.ownPageTable() && pageTable == 0;
    }
    // Attached to an IOAS instead, a device is told another id than that.
    return cdev.attach(pageTable) == pageTable;
  }

  /** Records its ids with it from now on. */
  void identify() {
    state = state.withExtensions(KernelIds.ofDevice(state.extensions(), ids()));
  }

  private DeviceState identified(DeviceState of, int id) {
    Extensions known = of.extensions();
    return KernelIds.device(known).equals(KernelIds.DeviceIds.UNKNOWN)
        ? of
        : of.withExtensions(KernelIds.ofDevice(known, new KernelIds.DeviceIds(deviceId, id)));
  }

  KernelIds.DeviceIds ids() {
    return new KernelIds.DeviceIds(deviceId, pageTable);
  }

  /** As {@link #attach}, for a device that came attached. */
  void adopt(LiveIoas target) {
    ioas = target;
    target.devices.add(this);
  }

  /** Where the device sits. */
  public PciAddress address() {
    return state.address();
  }

  /** What was recorded of the device. */
  public DeviceState state() {
    return state;
  }

  /** The open character device. */
  VfioCdev cdev() {
    return cdev;
  }

  /** What its driver does with it. */
  public DeviceAccess access() {
    return access;
  }

  /**
   * Gives the device back: its interrupts are switched off, its regions are unmapped, its
   * descriptor is closed, which detaches and unbinds it. Where that fails nothing is half done, and
   * it can be closed again.
   *
   * @throws io.holdfast.model.MemoryInUseException if a native call of another thread uses a region
   */
  @Override
  public synchronized void close() {
    access.release();
    if (ioas != null) {
      ioas.devices.remove(this);
      ioas = null;
    }
    cdev.close();
  }

  /** As {@link #close}, for a process that has died: the kernel has closed everything. */
  void forget() {
    access.forget();
  }
}
