package io.holdfast.linux;

import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_PCI_HOT_RESET;
import static io.holdfast.uapi.VfioUapi.VFIO_PCI_DEVID_NOT_OWNED;

import io.holdfast.model.PciAddress;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_pci_dependent_device;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The reset of a device's whole slot or bus, with all the functions on it. The kernel makes it only
 * if the iommufd that the device is bound to owns every one of them.
 *
 * <p>Mirrors {@code VFIO_DEVICE_GET_PCI_HOT_RESET_INFO} and {@code VFIO_DEVICE_PCI_HOT_RESET} of
 * {@code include/uapi/linux/vfio.h}. Keeps no state.
 */
public final class HotReset {
  private static final int PCI_DEVFN_FUNCTION_BITS = 3;

  private HotReset() {}

  /**
   * A function that is reset with the device.
   *
   * @param owned whether it is bound to the device's iommufd
   */
  public record Function(PciAddress address, boolean owned) {}

  /** All functions that would be reset, the device's own among them. */
  public static List<Function> functions(VfioCdev device) {
    int count = 1;
    while (true) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment info = info(arena, count);
        int answer = device.ioctl(VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info);
        int found = vfio_pci_hot_reset_info.count.get(info);
        if (answer == -Errno.ENOSPC && found > count) {
          count = found;
          continue;
        }
        KernelErrors.check(answer, "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", device.what());
        return functions(info, Math.min(found, count));
      }
    }
  }

  private static MemorySegment info(Arena arena, int count) {
    long bytes =
        vfio_pci_hot_reset_info.LAYOUT.size() + count * vfio_pci_dependent_device.LAYOUT.size();
    MemorySegment info = arena.allocate(bytes, 8);
    vfio_pci_hot_reset_info.argsz.set(info, (int) bytes);
    return info;
  }

  private static List<Function> functions(MemorySegment info, int count) {
    List<Function> functions = new ArrayList<>(count);
    long entryBytes = vfio_pci_dependent_device.LAYOUT.size();
    for (int i = 0; i < count; i++) {
      MemorySegment entry =
          info.asSlice(vfio_pci_hot_reset_info.LAYOUT.size() + i * entryBytes, entryBytes);
      int devfn = vfio_pci_dependent_device.devfn.get(entry);
      functions.add(
          new Function(
              new PciAddress(
                  vfio_pci_dependent_device.segment.get(entry),
                  vfio_pci_dependent_device.bus.get(entry),
                  devfn >>> PCI_DEVFN_FUNCTION_BITS,
                  devfn & (1 << PCI_DEVFN_FUNCTION_BITS) - 1),
              vfio_pci_dependent_device.devid.get(entry) != VFIO_PCI_DEVID_NOT_OWNED));
    }
    return functions;
  }

  /** Resets all of them; EINVAL unless every one is owned. */
  public static void reset(VfioCdev device) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(vfio_pci_hot_reset.LAYOUT.size(), 8);
      vfio_pci_hot_reset.argsz.set(argument, (int) argument.byteSize());
      KernelErrors.check(
          device.ioctl(VFIO_DEVICE_PCI_HOT_RESET, argument),
          "VFIO_DEVICE_PCI_HOT_RESET",
          device.what());
    }
  }
}
