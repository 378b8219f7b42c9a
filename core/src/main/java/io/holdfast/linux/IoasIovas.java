package io.holdfast.linux;

import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_IOVA_RANGES;

import io.holdfast.model.IovaWindow;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_allow_iovas;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_iova_ranges;
import io.holdfast.uapi.IommufdUapi.iommu_iova_range;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Which IOVAs an IOAS has, and which of them the kernel may choose.
 *
 * <p>Mirrors {@code IOMMU_IOAS_IOVA_RANGES} and {@code IOMMU_IOAS_ALLOW_IOVAS} of {@code
 * include/uapi/linux/iommufd.h}.
 *
 * @param windows what no device reserves, ascending
 * @param alignmentBytes what IOVAs and lengths are multiples of
 */
public record IoasIovas(List<IovaWindow> windows, long alignmentBytes) {
  private static final long ENTRY_BYTES = iommu_iova_range.LAYOUT.size();

  /** Asks what an IOAS can map with the devices that are attached to it now. */
  public static IoasIovas of(Iommufd iommufd, int ioas) {
    int room = 8;
    while (true) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment ranges = arena.allocate(room * ENTRY_BYTES, 8);
        MemorySegment argument = arena.allocate(iommu_ioas_iova_ranges.LAYOUT.size(), 8);
        iommu_ioas_iova_ranges.size.set(argument, (int) argument.byteSize());
        iommu_ioas_iova_ranges.ioas_id.set(argument, ioas);
        iommu_ioas_iova_ranges.num_iovas.set(argument, room);
        iommu_ioas_iova_ranges.allowed_iovas.set(argument, ranges.address());
        int answer = iommufd.ioctl(IOMMU_IOAS_IOVA_RANGES, argument);
        int found = iommu_ioas_iova_ranges.num_iovas.get(argument);
        if (answer == -Errno.EMSGSIZE && found > room) {
          room = found;
          continue;
        }
        KernelErrors.check(answer, "IOMMU_IOAS_IOVA_RANGES", "ioas_id " + ioas);
        return new IoasIovas(
            read(ranges, Math.min(found, room)),
            iommu_ioas_iova_ranges.out_iova_alignment.get(argument));
      }
    }
  }

  private static List<IovaWindow> read(MemorySegment ranges, int count) {
    List<IovaWindow> windows = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      MemorySegment entry = ranges.asSlice(i * ENTRY_BYTES, ENTRY_BYTES);
      windows.add(
          new IovaWindow(iommu_iova_range.start.get(entry), iommu_iova_range.last.get(entry)));
    }
    return List.copyOf(windows);
  }

  /** Has the kernel choose the IOVAs of mappings from these windows only. */
  public static void allow(Iommufd iommufd, int ioas, List<IovaWindow> windows) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ranges = arena.allocate(Math.max(1, windows.size()) * ENTRY_BYTES, 8);
      for (int i = 0; i < windows.size(); i++) {
        MemorySegment entry = ranges.asSlice(i * ENTRY_BYTES, ENTRY_BYTES);
        iommu_iova_range.start.set(entry, windows.get(i).first());
        iommu_iova_range.last.set(entry, windows.get(i).last());
      }
      MemorySegment argument = arena.allocate(iommu_ioas_allow_iovas.LAYOUT.size(), 8);
      iommu_ioas_allow_iovas.size.set(argument, (int) argument.byteSize());
      iommu_ioas_allow_iovas.ioas_id.set(argument, ioas);
      iommu_ioas_allow_iovas.num_iovas.set(argument, windows.size());
      iommu_ioas_allow_iovas.allowed_iovas.set(argument, ranges.address());
      KernelErrors.check(
          iommufd.ioctl(IOMMU_IOAS_ALLOW_IOVAS, argument),
          "IOMMU_IOAS_ALLOW_IOVAS",
          "ioas_id %d, %s".formatted(ioas, windows));
    }
  }
}
