package io.holdfast.sim;

import io.holdfast.sys.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel.MapMode;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * The BARs of a device that processes have mapped ({@code vfio_pci_core_mmap} in {@code
 * drivers/vfio/pci/vfio_pci_core.c}). Guarded by the kernel's lock.
 */
final class MappedBars {
  private static final int BARS = 6;

  private final SimulatedDevice device;
  private final PageStore state;
  private final IntFunction<PageStore> stores;
  private final Arena boot;
  private final TreeMap<Integer, PageStore> files = new TreeMap<>();
  private final TreeMap<Integer, PolledBar> polled = new TreeMap<>();

  /**
   * None yet.
   *
   * @param state what holds the device's configuration space and, from its second page on, its
   *     state
   * @param stores new files, one for each BAR
   * @param boot how long the device looks at its registers
   */
  MappedBars(SimulatedDevice device, PageStore state, IntFunction<PageStore> stores, Arena boot) {
    this.device = device;
    this.state = state;
    this.stores = stores;
    this.boot = boot;
  }

  boolean isMappable(int bar) {
    return bar < BARS && device.barBytes(bar) > 0 && device.mapping(bar).isPresent();
  }

  /** Maps a part of the descriptor, whose offsets are those of reading and writing. */
  MemorySegment map(long offset, long length, boolean shared, boolean writable, Arena arena) {
    long index = offset >>> DeviceRegions.INDEX_SHIFT;
    long at = offset & (1L << DeviceRegions.INDEX_SHIFT) - 1;
    if (!shared || index >= BARS || !isMappable((int) index)) {
      throw Failure.of(Errno.EINVAL);
    }
    int bar = (int) index;
    long bytes = device.barBytes(bar);
    if (at + length > bytes) {
      throw Failure.of(Errno.EINVAL);
    }
    MapMode mode = writable ? MapMode.READ_WRITE : MapMode.READ_ONLY;
    return switch (device.mapping(bar).orElseThrow()) {
      case BarMapping.Memory memory ->
          state.map(mode, ConfigSpace.EXPRESS_BYTES + memory.stateOffset() + at, length, arena);
      case BarMapping.Polled registers -> {
        PageStore file = files.computeIfAbsent(bar, stores::apply);
        if (!polled.containsKey(bar)) {
          file.resize(bytes);
          MemorySegment whole = file.map(MapMode.READ_WRITE, 0, bytes, boot);
          polled.put(bar, new PolledBar(device, bar, whole, registers.registers()));
        }
        yield file.map(mode, at, length, arena);
      }
    };
  }

  /** The device looks at its registers; whether one was written. */
  boolean look() {
    boolean written = false;
    for (PolledBar each : polled.values()) {
      written |= each.look();
    }
    return written;
  }

  void close() {
    state.close();
    files.values().forEach(PageStore::delete);
  }
}
