package io.holdfast.linux;

import io.holdfast.model.Extent;
import io.holdfast.sys.Syscalls;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where {@code /proc/zoneinfo} says that the kernel keeps memory movable. Immutable. */
public final class KernelZones {
  private static final int MOST_BYTES = 16 << 20;
  private static final int PAGE_SHIFT = 12;
  private static final Pattern ZONE = Pattern.compile("Node +\\d+, zone +(\\w+)");
  private static final Pattern SPANNED = Pattern.compile(" +spanned +(\\d{1,18})");
  private static final Pattern START = Pattern.compile(" +start_pfn: +(\\d{1,18})");

  private final List<Extent> movable;

  private KernelZones(List<Extent> movable) {
    this.movable = List.copyOf(movable);
  }

  /** The zones of this kernel; none where it does not tell. */
  public static KernelZones read(Syscalls syscalls) {
    return parse(
        SmallFiles.bytes(syscalls, "/proc/zoneinfo", MOST_BYTES)
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
            .orElse(""));
  }

  static KernelZones parse(String zoneinfo) {
    List<Extent> movable = new ArrayList<>();
    boolean isMovable = false;
    long spanned = 0;
    for (String line : zoneinfo.lines().toList()) {
      Matcher zone = ZONE.matcher(line);
      Matcher pages = SPANNED.matcher(line);
      Matcher start = START.matcher(line);
      if (zone.find()) {
        isMovable = zone.group(1).equals("Movable");
        spanned = 0;
      } else if (pages.matches()) {
        spanned = Long.parseLong(pages.group(1));
      } else if (start.matches() && isMovable && spanned > 0) {
        movable.add(
            new Extent(Long.parseLong(start.group(1)) << PAGE_SHIFT, spanned << PAGE_SHIFT));
      }
    }
    return new KernelZones(movable);
  }

  /** Whether an extent has a page in ZONE_MOVABLE. */
  public boolean isMovable(Extent extent) {
    return movable.stream()
        .anyMatch(zone ->
            extent.physicalAddress() < zone.physicalAddress() + zone.lengthBytes()
                && zone.physicalAddress() < extent.physicalAddress() + extent.lengthBytes());
  }
}
