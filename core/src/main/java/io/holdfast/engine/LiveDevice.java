package io.holdfast.engine;

import static io.holdfast.uapi.VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX;

import io.holdfast.linux.Iommufd;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.PciSysfs;
import io.holdfast.linux.VfioCdev;
import io.holdfast.model.DeviceState;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.Extensions;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A device that is bound to the session's iommufd and attached to an IOAS now.
 *
 * <p>The engine's half of the public {@code VfioDevice}. Bus mastering is off when an instance
 * comes to be, and is the driver's to switch on. Thread-safe for register access; attaching and
 * detaching are guarded by the session's lock.
 */
public final class LiveDevice implements AutoCloseable {
  private static final int REGIONS = 64; // More than a PCI function has, of the driver's own too.
  private static final int PCI_COMMAND = 4;
  private static final int PCI_COMMAND_MASTER = 1 << 2;

  private final VfioCdev cdev;
  private final Iommufd iommufd;
  private final int deviceId;
  private final LiveRegion config;
  private final AtomicReferenceArray<LiveRegion> regions = new AtomicReferenceArray<>(REGIONS);
  private final List<MappedMemory> mapped = new ArrayList<>();
  private final List<LiveInterrupts> interrupts = new ArrayList<>();
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
    VfioCdev.Region region = cdev.region(VFIO_PCI_CONFIG_REGION_INDEX);
    this.config = new LiveRegion(cdev, region, region, null);
    regions.set(VFIO_PCI_CONFIG_REGION_INDEX, config);
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
      device.setBusMaster(false);
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
  public VfioCdev cdev() {
    return cdev;
  }

  /** Whether the device may write and read memory on its own. */
  public boolean isBusMaster() {
    return (readCommand() & PCI_COMMAND_MASTER) != 0;
  }

  /** Lets the device write and read memory on its own, or not. */
  public synchronized void setBusMaster(boolean on) {
    int command = readCommand();
    int wanted = on ? command | PCI_COMMAND_MASTER : command & ~PCI_COMMAND_MASTER;
    if (wanted != command) {
      config.write(PCI_COMMAND, Short.BYTES, wanted);
    }
  }

  private int readCommand() {
    return (int) config.read(PCI_COMMAND, Short.BYTES) & 0xffff;
  }

  /** One of the device's regions; asked of the kernel, and mapped where that is possible, once. */
  public LiveRegion region(int index) {
    LiveRegion known = index >= 0 && index < REGIONS ? regions.get(index) : null;
    return known == null ? open(index) : known;
  }

  private synchronized LiveRegion open(int index) {
    VfioCdev.Region region = cdev.region(index);
    LiveRegion known = regions.get(index);
    if (known == null) {
      MappedMemory memory = region.isMappable() ? map(region) : null;
      known = new LiveRegion(cdev, region, config.region(), memory);
      regions.set(index, known);
    }
    return known;
  }

  private MappedMemory map(VfioCdev.Region region) {
    MappedMemory memory = cdev.map(region);
    mapped.add(memory);
    return memory;
  }

  /**
   * Switches on interrupts of a kind.
   *
   * @param index the kind, {@code VFIO_PCI_*_IRQ_INDEX}
   */
  public synchronized LiveInterrupts enableInterrupts(int index, int first, int count) {
    interrupts.removeIf(LiveInterrupts::isClosed);
    if (interrupts.stream().anyMatch(each -> each.index() == index)) {
      throw new IllegalStateException(
          "interrupts of kind "
              + index
              + " of "
              + cdev.what()
              + " are on already; close them first");
    }
    LiveInterrupts enabled = LiveInterrupts.enable(cdev, index, first, count);
    interrupts.add(enabled);
    return enabled;
  }

  /** Lets the device write and read memory no more. */
  synchronized void stop() {
    if (cdev.isOpen()) {
      setBusMaster(false);
    }
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
    Closing closing = new Closing();
    interrupts.forEach(each -> closing.step(each::close));
    closing.step(this::unmapRegions);
    closing.end();
    if (ioas != null) {
      ioas.devices.remove(this);
      ioas = null;
    }
    cdev.close();
  }

  /**
   * Unmaps its regions; a mapping left would keep the device bound after its descriptor is closed.
   */
  synchronized void unmapRegions() {
    Closing closing = new Closing();
    mapped.forEach(memory -> closing.step(memory::close));
    closing.end();
    mapped.clear();
  }

  /** As {@link #close}, for a process that has died: the kernel has closed everything. */
  synchronized void forget() {
    Closing closing = new Closing();
    interrupts.forEach(LiveInterrupts::forget);
    mapped.forEach(memory -> closing.step(memory::forbid));
    closing.end();
  }
}
