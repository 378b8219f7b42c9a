package io.holdfast.sim;

import io.holdfast.sim.IovaRanges.Range;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Finds the lowest IOVA at which something fits, as the kernel does.
 *
 * <p>It remembers up to where a search has found no room: until something is unmapped there, one
 * that asks for as much or more finds none either. Ten thousand mappings of one size take ten
 * thousand steps and not fifty million. Not thread-safe.
 */
final class IovaSearch {
  /** What searches have to have in common to learn from each other. */
  private record Shape(long alignment, long pageOffset) {}

  /** More lengths than a driver has are not remembered. */
  private static final int LENGTHS = 64;

  /** Below which IOVA there is no room for so many bytes. */
  private final Map<Shape, TreeMap<Long, Long>> learnt = new HashMap<>();

  /** Anything may be free now, or other IOVAs are allowed. */
  void forget() {
    learnt.clear();
  }

  /** What was taken is free again: from this IOVA on there may be room. */
  void freed(long iova) {
    for (TreeMap<Long, Long> lengths : learnt.values()) {
      lengths.replaceAll((length, from) -> Long.compareUnsigned(from, iova) > 0 ? iova : from);
    }
  }

  /**
   * The lowest IOVA of the allowed ranges, in their order, that is aligned and leaves room; 0 if
   * there is none.
   *
   * @param pageOffset what the IOVA has to be beyond a multiple of the alignment
   */
  long find(
      NavigableMap<Long, Area> areas,
      List<Range> reserved,
      List<Range> allowed,
      long length,
      long alignment,
      long pageOffset) {
    Shape shape = new Shape(alignment, pageOffset);
    TreeMap<Long, Long> lengths =
        learnt.computeIfAbsent(shape, any -> new TreeMap<>(Long::compareUnsigned));
    var before = allowed.size() == 1 ? lengths.floorEntry(length) : null;
    for (Range range : allowed) {
      long start = IovaRanges.firstFit(range.start(), range.last(), length, alignment, pageOffset);
      if (start == 0) {
        continue;
      }
      if (before != null && Long.compareUnsigned(before.getValue(), start) > 0) {
        start = before.getValue();
      }
      long found = lowest(areas, reserved, start, range.last(), length, shape);
      if (found != 0) {
        if (lengths.size() == LENGTHS) {
          lengths.clear();
        }
        lengths.put(length, found);
        return found;
      }
    }
    return 0;
  }

  private static long lowest(
      NavigableMap<Long, Area> areas,
      List<Range> reserved,
      long start,
      long last,
      long length,
      Shape shape) {
    long from = start;
    while (Long.compareUnsigned(from, last) <= 0) {
      Range taken = firstTaken(areas, reserved, from, last);
      long end = taken == null ? last : taken.start() - 1;
      if (taken == null || Long.compareUnsigned(taken.start(), from) > 0) {
        long fits = IovaRanges.firstFit(from, end, length, shape.alignment(), shape.pageOffset());
        if (fits != 0) {
          return fits;
        }
      }
      if (taken == null || taken.last() == -1L) {
        return 0;
      }
      from = taken.last() + 1;
    }
    return 0;
  }

  /** What is taken at an IOVA, or else next to it, up to {@code last}; null if nothing is. */
  private static Range firstTaken(
      NavigableMap<Long, Area> areas, List<Range> reserved, long from, long last) {
    Range first = null;
    var floor = areas.floorEntry(from);
    var next =
        floor != null && Long.compareUnsigned(floor.getValue().last(), from) >= 0
            ? floor
            : areas.ceilingEntry(from);
    if (next != null && Long.compareUnsigned(next.getKey(), last) <= 0) {
      first = new Range(next.getKey(), next.getValue().last());
    }
    for (Range range : reserved) {
      if (range.overlaps(from, last)
          && (first == null || Long.compareUnsigned(range.start(), first.start()) < 0)) {
        first = range;
      }
    }
    return first;
  }
}
