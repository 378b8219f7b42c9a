package io.holdfast.sim;

import io.holdfast.model.PciAddress;
import io.holdfast.sim.IovaRanges.Range;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A device in its slot: its configuration space, the driver bound to it, and VFIO's view of it. */
final class PciFunction implements DeviceBus {
  static final String VFIO_PCI = "vfio-pci";

  /** Where x86 IOMMUs keep the interrupt window. */
  private static final Range INTERRUPT_WINDOW = new Range(0xfee0_0000L, 0xfeef_ffffL);

  private final Boot boot;
  private final PciAddress address;
  private final SimulatedDevice device;
  private final MemorySegment state;
  private final MemorySegment storage;
  private final ConfigSpace config;
  private final DmaEngine dma;
  private final Interrupts interrupts;
  private final MappedBars bars;
  private final VfToken vfToken = new VfToken(this);
  private String driver = "";
  private String driverOverride = "";
  private int vfioIndex = -1;
  private final GroupDevices groupDevices = new GroupDevices(this);
  private VfioCdevFile boundBy;
  private int groupOpeners;
  private boolean open;

  /** {@code memory} is the configuration space, and the device's own state after it. */
  PciFunction(
      SimulatedKernel kernel,
      Boot boot,
      PciAddress address,
      SimulatedDevice device,
      MemorySegment memory,
      MemorySegment storage,
      MappedBars bars) {
    this.boot = boot;
    this.address = address;
    this.device = device;
    this.config = new ConfigSpace(memory.asSlice(0, ConfigSpace.EXPRESS_BYTES), device);
    this.state = memory.asSlice(ConfigSpace.EXPRESS_BYTES);
    this.storage = storage;
    this.bars = bars;
    this.interrupts = new Interrupts(device.msixVectors());
    // A kernel switches MSI-X off when it finds a device.
    config.showMsix(false);
    this.dma = new DmaEngine(kernel, this);
    device.connect(this);
  }

  static long memoryBytes(SimulatedDevice device) {
    return ConfigSpace.EXPRESS_BYTES + device.stateBytes();
  }

  void powerOn() {
    state.fill((byte) 0);
    config.powerOn(
        device.identity(), device.isExpress(), 0xfe20_0000L + (address.device() * 0x20_0000L));
    device.powerOn();
  }

  PciAddress address() {
    return address;
  }

  SimulatedDevice device() {
    return device;
  }

  MappedBars bars() {
    return bars;
  }

  ConfigSpace config() {
    return config;
  }

  Interrupts interrupts() {
    return interrupts;
  }

  VfToken vfToken() {
    return vfToken;
  }

  /** Whether it has virtual functions. */
  boolean isPhysical() {
    return boot.machine().virtualFunctions().containsValue(address);
  }

  /** The token of the function that it is a virtual one of; null if it is none. */
  VfToken physicalFunction() {
    PciAddress physical = boot.machine().virtualFunctions().get(address);
    return physical == null
        ? null
        : boot.functionAt(physical.toString()).map(PciFunction::vfToken).orElse(null);
  }

  /** The functions in this one's slot, itself among them. */
  List<PciFunction> slot() {
    List<PciFunction> functions = new ArrayList<>();
    for (PciFunction each : boot.functions()) {
      PciAddress other = each.address;
      if (other.domain() == address.domain()
          && other.bus() == address.bus()
          && other.device() == address.device()) {
        functions.add(each);
      }
    }
    return functions;
  }

  boolean isGoingDown() {
    return boot.isGoingDown();
  }

  boolean isBehindIommu() {
    return boot.machine().isBehindIommu(address);
  }

  List<Range> reservedIovas() {
    return isBehindIommu() ? List.of(INTERRUPT_WINDOW) : List.of();
  }

  /** The driver's name; empty without one. */
  String driver() {
    return driver;
  }

  void driver(String name) {
    if (!name.equals(driver)) {
      vfToken.forget(); // It is the driver's: vfio_pci_vf_uninit.
    }
    driver = name;
  }

  String driverOverride() {
    return driverOverride;
  }

  void driverOverride(String name) {
    driverOverride = name;
  }

  /** N of {@code noiommu-vfioN}; -1 while vfio-pci has not bound the device. */
  int vfioIndex() {
    return vfioIndex;
  }

  void vfioIndex(int index) {
    vfioIndex = index;
  }

  /**
   * The number of its IOMMU group: those of real ones come first, since they are made at boot; vfio
   * makes one up for each device without an IOMMU.
   */
  int group() {
    return isBehindIommu() ? boot.iommuGroup(this) : boot.iommuGroups() + vfioIndex;
  }

  /** The name in {@code /dev/vfio}. */
  String groupName() {
    return (isBehindIommu() ? "" : "noiommu-") + group();
  }

  /**
   * The name in {@code /dev/vfio/devices}; a kernel without those nodes does not tell by it that
   * there is no IOMMU.
   */
  String vfioName() {
    boolean named = isBehindIommu() || !boot.machine().vfioCdevs();
    return (named ? "vfio" : "noiommu-vfio") + vfioIndex;
  }

  /** The descriptor that has bound the device to an iommufd, or null. */
  VfioCdevFile boundBy() {
    return boundBy;
  }

  void boundBy(VfioCdevFile cdev) {
    boundBy = cdev;
  }

  /** What its group has opened. */
  GroupDevices groupDevices() {
    return groupDevices;
  }

  /** Whether somebody has it open, either way. */
  boolean isOpen() {
    return open;
  }

  void opened(boolean is) {
    open = is;
  }

  int groupOpeners() {
    return groupOpeners;
  }

  void countGroupOpener(int change) {
    groupOpeners += change;
  }

  /** The IOAS the device is attached to, or null. */
  Ioas ioas() {
    return boundBy == null ? null : boundBy.ioas();
  }

  @Override
  public MemorySegment state() {
    return state;
  }

  @Override
  public MemorySegment storage() {
    return storage;
  }

  @Override
  public boolean dmaRead(long at, MemorySegment target) {
    return dma.transfer(at, target, false);
  }

  @Override
  public boolean dmaWrite(long at, MemorySegment source) {
    return dma.transfer(at, source, true);
  }

  /** The driver lets INTx through again, unless the configuration space says otherwise. */
  void unmaskIntx() {
    if (!config.isIntxDisabled()) {
      interrupts.unmask(device.isInterrupting());
    }
  }

  @Override
  public void interrupt() {
    interrupt(0);
  }

  @Override
  public void interrupt(int vector) {
    interrupts.raise(vector, config.isBusMaster());
  }
}
