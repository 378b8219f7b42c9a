package io.holdfast.sim;

import io.holdfast.sim.IovaRanges.Range;
import io.holdfast.sys.Errno;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * An I/O address space: mappings by IOVA, and the page tables they are pinned for ({@code
 * io_pagetable.c}).
 *
 * <p>Without a page table nothing is pinned and any alignment goes; the first one demands pages.
 */
final class Ioas extends IommufdObject {
  private static final long PAGE = PhysicalMemory.PAGE_BYTES;

  /** How far the kernel aligns an IOVA it chooses: HPAGE_SIZE. */
  private static final long LARGEST_ALIGNMENT = 2L << 20;

  /** What an x86 IOMMU with 39 bits of address does not translate. */
  private static final Range BEYOND_APERTURE = new Range(1L << 39, -1L);

  private final TreeMap<Long, Area> areas = new TreeMap<>(Long::compareUnsigned);
  private final List<Hwpt> pageTables = new ArrayList<>();

  /**
   * The same, in the order that the kernel keeps their translations in: the first has the pages.
   */
  private final List<Hwpt> filled = new ArrayList<>();

  private List<Range> allowed = List.of();
  private final List<Range> reserved = new ArrayList<>();
  private final IovaSearch search = new IovaSearch();
  private boolean largePages = true;

  /** A piece of memory to map: what IOAS_COPY takes from another mapping. */
  record Piece(Pages pages, long startByte, long length) {}

  long alignment() {
    return pageTables.isEmpty() && largePages ? 1 : PAGE;
  }

  /** The IOVAs that may be used. */
  List<Range> usable() {
    return IovaRanges.holes(reserved, 0, -1L);
  }

  /** Limits what the kernel chooses; FIXED_IOVA is not limited. */
  void allow(List<Range> ranges) {
    for (Range range : ranges) {
      if (reserved.stream().anyMatch(each -> each.overlaps(range.start(), range.last()))) {
        throw Failure.of(Errno.EADDRINUSE);
      }
    }
    allowed = List.copyOf(ranges);
    search.forget();
  }

  boolean largePages() {
    return largePages;
  }

  void largePages(boolean on) {
    if (!on && largePages && !pageTables.isEmpty() && !areas.isEmpty()) {
      throw Failure.of(Errno.EINVAL);
    }
    if (!on && areas.values().stream().anyMatch(area -> !area.isAligned(PAGE))) {
      throw Failure.of(Errno.EADDRINUSE);
    }
    largePages = on;
  }

  /** Maps pieces one after the other; {@code fixed} asks for {@code iova}. Answers where. */
  long map(List<Piece> pieces, long length, long iova, boolean fixed, int flags) {
    if (length == 0 || (length & (alignment() - 1)) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    long at = fixed ? check(iova, length) : choose(pieces.getFirst(), length);
    List<Area> added = new ArrayList<>(pieces.size());
    long next = at;
    for (Piece piece : pieces) {
      Area area = new Area(next, piece.length(), piece.pages(), piece.startByte(), flags);
      if (area.allows(true) && !piece.pages().isWritable()) {
        throw Failure.of(Errno.EPERM);
      }
      if ((piece.startByte() % PAGE & (alignment() - 1)) != 0) {
        throw Failure.of(Errno.EINVAL);
      }
      added.add(area);
      next += piece.length();
    }
    if (!pageTables.isEmpty()) {
      pinAll(added);
    }
    for (Area area : added) {
      area.pages().hold();
      areas.put(area.iova(), area);
    }
    return at;
  }

  private static void pinAll(Iterable<Area> areas) {
    List<Area> done = new ArrayList<>();
    try {
      for (Area area : areas) {
        area.pin();
        done.add(area);
      }
    } catch (Failure failure) {
      done.forEach(Area::unpin);
      throw failure;
    }
  }

  private long check(long iova, long length) {
    if ((iova & (alignment() - 1)) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    long last = lastOf(iova, length);
    if (reserved.stream().anyMatch(each -> each.overlaps(iova, last))) {
      throw Failure.of(Errno.EINVAL);
    }
    if (firstIn(iova, last) != null) {
      throw Failure.of(Errno.EEXIST);
    }
    return iova;
  }

  private long choose(Piece piece, long length) {
    if (Long.compareUnsigned(length, Long.MAX_VALUE) >= 0) {
      throw Failure.of(Errno.EOVERFLOW);
    }
    long address = piece.pages().address() + piece.startByte();
    long alignment = alignmentFor(address, length);
    if (alignment < alignment()) {
      throw Failure.of(Errno.EINVAL);
    }
    long found = search.find(areas, reserved, searched(), length, alignment, address & (PAGE - 1));
    if (found == 0) {
      throw Failure.of(Errno.ENOSPC);
    }
    return found;
  }

  /** The IOVAs that the kernel chooses from: never the first and the last page. */
  private List<Range> searched() {
    return (allowed.isEmpty() ? List.of(new Range(PAGE, -1L - PAGE)) : allowed)
        .stream()
            .map(range ->
                new Range(
                    Long.compareUnsigned(range.start(), PAGE) < 0 ? PAGE : range.start(),
                    Long.compareUnsigned(range.last(), -1L - PAGE) > 0 ? -1L - PAGE : range.last()))
            .toList();
  }

  /** As much of the memory's own alignment as the length has use for, up to a large page. */
  private static long alignmentFor(long address, long length) {
    long power = length <= 1 ? 1 : Long.highestOneBit(length - 1) << 1;
    long own = address == 0 ? power : Long.lowestOneBit(address);
    long smaller = Long.compareUnsigned(own, power) < 0 ? own : power;
    return Long.compareUnsigned(smaller, LARGEST_ALIGNMENT) < 0 ? smaller : LARGEST_ALIGNMENT;
  }

  /** What is mapped at a range without a gap, piece by piece (ENOENT otherwise). */
  List<Piece> pieces(long iova, long length) {
    if (length == 0) {
      throw Failure.of(Errno.EINVAL);
    }
    long last = lastOf(iova, length);
    List<Piece> pieces = new ArrayList<>();
    long at = iova;
    while (true) {
      Area area = areaAt(at);
      if (area == null) {
        throw Failure.of(Errno.ENOENT);
      }
      long end = Long.compareUnsigned(area.last(), last) < 0 ? area.last() : last;
      pieces.add(new Piece(area.pages(), area.startByte() + (at - area.iova()), end - at + 1));
      if (end == last) {
        return pieces;
      }
      at = end + 1;
    }
  }

  /**
   * Unmaps the mappings that lie in a range whole; answers how many bytes. ENOENT for part of one,
   * or for none.
   */
  long unmap(long iova, long length) {
    if (length == 0) {
      throw Failure.of(Errno.EINVAL);
    }
    return unmapRange(iova, lastOf(iova, length));
  }

  long unmapAll() {
    return areas.isEmpty() ? 0 : unmapRange(0, -1L);
  }

  private long unmapRange(long start, long last) {
    long bytes = 0;
    for (Area area = firstIn(start, last); area != null; area = firstIn(start, last)) {
      if (Long.compareUnsigned(area.iova(), start) < 0
          || Long.compareUnsigned(area.last(), last) > 0) {
        // What was unmapped before this one stays unmapped.
        throw Failure.of(Errno.ENOENT);
      }
      areas.remove(area.iova());
      var below = areas.lowerEntry(area.iova());
      search.freed(below == null ? 0 : below.getValue().last() + 1);
      if (!pageTables.isEmpty()) {
        area.unpin();
      }
      area.pages().put();
      bytes += area.length();
    }
    if (bytes == 0) {
      throw Failure.of(Errno.ENOENT);
    }
    return bytes;
  }

  private static long lastOf(long iova, long length) {
    long last = iova + length - 1;
    if (Long.compareUnsigned(last, iova) < 0) {
      throw Failure.of(Errno.EOVERFLOW);
    }
    return last;
  }

  private Area firstIn(long start, long last) {
    Area before = areaAt(start);
    if (before != null) {
      return before;
    }
    var next = areas.ceilingEntry(start);
    return next != null && Long.compareUnsigned(next.getKey(), last) <= 0 ? next.getValue() : null;
  }

  Collection<Area> areas() {
    return areas.values();
  }

  /** The mapping an IOVA is in, or null. */
  Area areaAt(long iova) {
    var floor = areas.floorEntry(iova);
    return floor != null && Long.compareUnsigned(floor.getValue().last(), iova) >= 0
        ? floor.getValue()
        : null;
  }

  /** Whether a device attached here may reach a frame. */
  boolean reaches(int pfn, boolean write) {
    if (pageTables.isEmpty()) {
      return false;
    }
    for (Area area : areas.values()) {
      if (area.allows(write)) {
        long page = area.pages().pageOf(pfn);
        if (page >= area.firstPage() && page <= area.lastPage()) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Whether GET_PA knows addresses: the page table that has the pages is one that translates
   * nothing.
   */
  boolean knowsPhysicalAddresses() {
    return !filled.isEmpty() && filled.getFirst().isNoiommu();
  }

  void addPageTable(Hwpt pageTable) {
    if (alignment() < PAGE && areas.values().stream().anyMatch(area -> !area.isAligned(PAGE))) {
      throw Failure.of(Errno.EADDRINUSE);
    }
    if (!pageTable.isNoiommu()) {
      reserve(BEYOND_APERTURE, pageTable);
    }
    if (pageTables.isEmpty()) {
      try {
        pinAll(areas.values());
      } catch (Failure failure) {
        unreserve(pageTable);
        throw failure;
      }
    }
    pageTables.add(pageTable);
    filled.add(pageTable);
  }

  void removePageTable(Hwpt pageTable) {
    pageTables.remove(pageTable);
    // Where one is missing, the last takes its place (iopt_table_remove_domain).
    int place = filled.indexOf(pageTable);
    Hwpt last = filled.removeLast();
    if (place < filled.size()) {
      filled.set(place, last);
    }
    unreserve(pageTable);
    if (pageTables.isEmpty()) {
      areas.values().forEach(Area::unpin);
    }
  }

  /**
   * The page table that ATTACH to an IOAS uses: one that another device's attach made and that
   * serves this one, or a new one.
   */
  Hwpt automaticPageTable(IommufdFile context, PciFunction function) {
    for (Hwpt each : pageTables) {
      if (each.isAutomatic() && each.serves(function)) {
        return each;
      }
    }
    return context.add(new Hwpt(this, true, function));
  }

  /**
   * Takes the device's reserved IOVAs out of use: the interrupt window, where there is an IOMMU.
   */
  void reserveFor(PciFunction function) {
    for (Range range : function.reservedIovas()) {
      reserve(range, function);
    }
  }

  private void reserve(Range range, Object owner) {
    if (firstIn(range.start(), range.last()) != null
        || allowed.stream().anyMatch(each -> each.overlaps(range.start(), range.last()))) {
      unreserve(owner);
      throw Failure.of(Errno.EADDRINUSE);
    }
    reserved.add(new Range(range.start(), range.last(), owner));
  }

  /** Gives back what a device, or a page table, had taken out of use. */
  @SuppressWarnings("ReferenceEquality") // One owner, not one like it.
  void unreserve(Object owner) {
    if (reserved.removeIf(range -> range.owner() == owner)) {
      search.forget();
    }
  }

  @Override
  void destroy() {
    unmapAll();
  }
}
