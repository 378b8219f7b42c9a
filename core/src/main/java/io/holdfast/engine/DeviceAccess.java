package io.holdfast.engine;

import static io.holdfast.uapi.VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX;

import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.VfioDeviceFile;
import io.holdfast.sys.Closing;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A driver's access to an open device: its registers, its interrupts, and whether it may reach
 * memory. The same for a device of a session and for one that a legacy group has opened.
 *
 * <p>The engine's half of the public {@code PciDevice}. Thread-safe.
 */
public final class DeviceAccess {
  private static final int REGIONS = 64; // More than a PCI function has, of the driver's own too.
  private static final int PCI_COMMAND = 4;
  private static final int PCI_COMMAND_MASTER = 1 << 2;

  private final VfioDeviceFile file;
  private final LiveRegion config;
  private final AtomicReferenceArray<LiveRegion> regions = new AtomicReferenceArray<>(REGIONS);
  private final List<MappedMemory> mapped = new ArrayList<>();
  private final List<LiveInterrupts> interrupts = new ArrayList<>();

  /** Access to a device that is open, and bound if that is what it takes; closes nothing. */
  DeviceAccess(VfioDeviceFile file) {
    this.file = file;
    VfioDeviceFile.Region region = file.region(VFIO_PCI_CONFIG_REGION_INDEX);
    this.config = new LiveRegion(file, region, region, null);
    regions.set(VFIO_PCI_CONFIG_REGION_INDEX, config);
  }

  /** Whether the device can be reset on its own. */
  public boolean canReset() {
    return file.canReset();
  }

  /** Resets it. */
  public void reset() {
    file.reset();
  }

  /** How many interrupts of a kind it has. */
  public int interruptCount(int index) {
    return file.irqCount(index);
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
    VfioDeviceFile.Region region = file.region(index);
    LiveRegion known = regions.get(index);
    if (known == null) {
      MappedMemory memory = region.isMappable() ? map(region) : null;
      known = new LiveRegion(file, region, config.region(), memory);
      regions.set(index, known);
    }
    return known;
  }

  private MappedMemory map(VfioDeviceFile.Region region) {
    MappedMemory memory = file.map(region);
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
              + file.what()
              + " are on already; close them first");
    }
    LiveInterrupts enabled = LiveInterrupts.enable(file, index, first, count);
    interrupts.add(enabled);
    return enabled;
  }

  /** Lets the device write and read memory no more. */
  synchronized void stop() {
    if (file.isOpen()) {
      setBusMaster(false);
    }
  }

  /**
   * Switches its interrupts off and unmaps its regions, before its descriptor is closed. Where that
   * fails nothing is half done, and it can be called again.
   *
   * @throws io.holdfast.model.MemoryInUseException if a native call of another thread uses a region
   */
  synchronized void release() {
    Closing closing = new Closing();
    interrupts.forEach(each -> closing.step(each::close));
    closing.step(this::unmapRegions);
    closing.end();
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

  /** As {@link #release}, for a process that has died: the kernel has closed everything. */
  synchronized void forget() {
    Closing closing = new Closing();
    interrupts.forEach(LiveInterrupts::forget);
    mapped.forEach(memory -> closing.step(memory::forbid));
    closing.end();
  }
}
