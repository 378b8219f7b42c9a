package io.holdfast.linux;

import io.holdfast.model.Extent;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The kernel's contiguous memory areas (CMA), which it lends to movable pages only.
 *
 * <p>How much there is, {@code /proc/meminfo} tells; where it lies, only debugfs with
 * CONFIG_CMA_DEBUGFS does ({@code mm/cma_debug.c}). Of an area in several parts the whole length is
 * assumed after the beginning of each. Tried on Linux 7.3 with {@code cma=64M}: the area was found,
 * and no page of 768 MiB of mapped buffers lay in it, since the kernel moves pages out of CMA
 * before it pins them. The guest of the tests has no such area. Immutable.
 *
 * @param bytes how much there is
 * @param areas where; empty if that could not be seen
 */
public record KernelCma(long bytes, Optional<List<Extent>> areas) {
  private static final String DIRECTORY = "/sys/kernel/debug/cma";
  private static final int PAGE_SHIFT = 12;
  private static final int KIB_SHIFT = 10;

  public KernelCma {
    areas = areas.map(List::copyOf);
  }

  /** The areas of this kernel. */
  public static KernelCma read(Syscalls syscalls) {
    long bytes =
        SmallFiles.field(syscalls, "/proc/meminfo", "CmaTotal:")
                .map(text -> text.replaceFirst(" kB$", ""))
                .flatMap(KernelCma::number)
                .orElse(0L)
            << KIB_SHIFT;
    return new KernelCma(bytes, bytes == 0 ? Optional.of(List.of()) : areas(syscalls));
  }

  private static Optional<List<Extent>> areas(Syscalls syscalls) {
    Optional<List<String>> names = SmallFiles.listable(syscalls, DIRECTORY);
    if (names.isEmpty()) {
      return Optional.empty();
    }
    List<Extent> areas = new ArrayList<>();
    for (String name : names.get()) {
      String area = DIRECTORY + "/" + name;
      Optional<Long> pages = numberIn(syscalls, area + "/count");
      List<String> parts = new ArrayList<>();
      SmallFiles.listable(syscalls, area + "/ranges")
          .ifPresentOrElse(
              ranges -> ranges.forEach(range -> parts.add(area + "/ranges/" + range)),
              () -> parts.add(area));
      for (String part : parts) {
        Optional<Long> first = numberIn(syscalls, part + "/base_pfn");
        if (first.isEmpty() || pages.isEmpty()) {
          return Optional.empty();
        }
        areas.add(new Extent(first.get() << PAGE_SHIFT, pages.get() << PAGE_SHIFT));
      }
    }
    return areas.isEmpty() ? Optional.empty() : Optional.of(areas);
  }

  private static Optional<Long> numberIn(Syscalls syscalls, String path) {
    return SmallFiles.readable(syscalls, path).flatMap(KernelCma::number);
  }

  private static Optional<Long> number(String text) {
    return text.matches("[0-9]{1,12}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }

  /** Whether an extent has a page in one of the areas that can be seen. */
  public boolean has(Extent extent) {
    return areas.orElse(List.of()).stream()
        .anyMatch(area ->
            extent.physicalAddress() < area.physicalAddress() + area.lengthBytes()
                && area.physicalAddress() < extent.physicalAddress() + extent.lengthBytes());
  }
}
