package io.holdfast.sim;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A device from its first opening to its last closing: what its descriptors do, whichever way they
 * came ({@code vfio_pci_core_enable} and {@code vfio_pci_core_disable} in {@code
 * drivers/vfio/pci/vfio_pci_core.c}).
 */
final class OpenDevice {
  private final PciFunction function;
  private final DeviceRequests requests;
  private final DeviceRegions regions;
  private final byte[] savedConfig;

  /** Opening resets what can be reset, and takes bus mastering away. */
  OpenDevice(PciFunction function) {
    this.function = function;
    this.requests = new DeviceRequests(function);
    this.regions = new DeviceRegions(function);
    if (function.device().isResettable()) {
      function.device().reset();
    }
    function.config().clearBusMaster();
    savedConfig = function.config().save();
    function.config().msi().open();
    function.opened(true);
  }

  PciFunction function() {
    return function;
  }

  void close() {
    function.interrupts().clear();
    function.config().showMsix(false);
    function.config().msi().close();
    if (!function.isGoingDown()) {
      if (function.device().isResettable()) {
        function.device().reset();
      }
      function.config().restore(savedConfig);
    }
    function.opened(false);
  }

  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    return requests.ioctl(caller, request, argument);
  }

  long pread(MemorySegment buffer, long offset) {
    return regions.read(offset, buffer);
  }

  long pwrite(MemorySegment buffer, long offset) {
    return regions.write(offset, buffer);
  }

  /** Maps a part of a BAR whose model lets it be mapped. */
  MemorySegment map(long offset, long length, boolean shared, boolean writable, Arena arena) {
    return function.bars().map(offset, length, shared, writable, arena);
  }
}
