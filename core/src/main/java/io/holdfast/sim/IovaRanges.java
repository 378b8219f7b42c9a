package io.holdfast.sim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Arithmetic over unsigned, inclusive ranges of IOVAs. */
final class IovaRanges {
  private IovaRanges() {}

  /**
   * {@code start} to {@code last}, both included; {@code owner} is who reserved it, if anybody did.
   */
  record Range(long start, long last, Object owner) {
    Range(long start, long last) {
      this(start, last, null);
    }

    boolean overlaps(long otherStart, long otherLast) {
      return Long.compareUnsigned(start, otherLast) <= 0
          && Long.compareUnsigned(last, otherStart) >= 0;
    }
  }

  static final Comparator<Range> BY_START = (a, b) -> Long.compareUnsigned(a.start(), b.start());

  /**
   * The first IOVA from {@code start} on that is aligned, has the memory's offset in its page, and
   * leaves room for {@code length} bytes up to {@code last}; 0 if there is none.
   */
  static long firstFit(long start, long last, long length, long alignment, long pageOffset) {
    long aligned = start + alignment - 1;
    if (Long.compareUnsigned(aligned, start) < 0) {
      return 0;
    }
    aligned = (aligned & -alignment) | pageOffset;
    boolean fits =
        Long.compareUnsigned(aligned, last) < 0
            && Long.compareUnsigned(last - aligned, length - 1) >= 0;
    return fits ? aligned : 0;
  }

  /** What of {@code start} to {@code last} is in none of the ranges. */
  static List<Range> holes(List<Range> ranges, long start, long last) {
    List<Range> sorted = new ArrayList<>(ranges);
    sorted.sort(BY_START);
    List<Range> holes = new ArrayList<>();
    long from = start;
    for (Range range : sorted) {
      if (!range.overlaps(from, last)) {
        continue;
      }
      if (Long.compareUnsigned(range.start(), from) > 0) {
        holes.add(new Range(from, range.start() - 1));
      }
      if (Long.compareUnsigned(range.last(), last) >= 0) {
        return holes;
      }
      from = range.last() + 1;
    }
    holes.add(new Range(from, last));
    return holes;
  }
}
