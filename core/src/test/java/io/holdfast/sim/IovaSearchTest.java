package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sim.IovaRanges.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The search for an IOVA finds what looking at every hole finds, in steps that do not add up. */
final class IovaSearchTest {
  private static final long PAGE = 4096;
  private static final Range EVERYTHING = new Range(PAGE, -1L - PAGE);

  @Test
  void findsTheLowestPlaceWhateverWasMappedAndUnmappedBefore() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      TreeMap<Long, Area> areas = new TreeMap<>(Long::compareUnsigned);
      List<Range> reserved = new ArrayList<>();
      List<Range> allowed = List.of(EVERYTHING);
      IovaSearch search = new IovaSearch();
      for (int step = 0; step < 300; step++) {
        int dice = random.nextInt(100);
        if (dice < 70) {
          long alignment = 1L << random.nextInt(8, 16);
          long pageOffset = alignment < PAGE ? random.nextLong(PAGE / alignment) * alignment : 0;
          long length = random.nextLong(1, 20) * (random.nextBoolean() ? PAGE : 256);
          long found = search.find(areas, reserved, allowed, length, alignment, pageOffset);
          assertThat(found)
              .as("seed %d, step %d", seed, step)
              .isEqualTo(byHoles(areas, reserved, allowed, length, alignment, pageOffset));
          if (found != 0) {
            areas.put(found, new Area(found, length, null, 0, 0));
          }
        } else if (dice < 95) {
          remove(areas, random, search);
        } else if (dice < 97) {
          long start = random.nextLong(1, 200) * PAGE;
          Range range = new Range(start, start + random.nextLong(1, 9) * PAGE - 1);
          if (areas.values().stream().noneMatch(it -> range.overlaps(it.iova(), it.last()))) {
            reserved.add(range);
          }
        } else if (!reserved.isEmpty()) {
          reserved.removeLast();
          search.forget();
        } else {
          allowed =
              random.nextBoolean()
                  ? List.of(EVERYTHING)
                  : List.of(new Range(PAGE, 40 * PAGE - 1), new Range(60 * PAGE, 400 * PAGE - 1));
          search.forget();
        }
      }
    }
  }

  private static void remove(NavigableMap<Long, Area> areas, Random random, IovaSearch search) {
    if (!areas.isEmpty()) {
      long gone = List.copyOf(areas.keySet()).get(random.nextInt(areas.size()));
      areas.remove(gone);
      var below = areas.lowerEntry(gone);
      search.freed(below == null ? 0 : below.getValue().last() + 1);
    }
  }

  /** As plainly as it can be said. */
  private static long byHoles(
      NavigableMap<Long, Area> areas,
      List<Range> reserved,
      List<Range> allowed,
      long length,
      long alignment,
      long pageOffset) {
    List<Range> taken = new ArrayList<>(reserved);
    areas.values().forEach(area -> taken.add(new Range(area.iova(), area.last())));
    for (Range range : allowed) {
      long start = IovaRanges.firstFit(range.start(), range.last(), length, alignment, pageOffset);
      List<Range> holes = start == 0 ? List.of() : IovaRanges.holes(taken, start, range.last());
      for (Range hole : holes) {
        long fits = IovaRanges.firstFit(hole.start(), hole.last(), length, alignment, pageOffset);
        if (fits != 0) {
          return fits;
        }
      }
    }
    return 0;
  }

  @Test
  void tenTimesTheMappingsTakeAboutTenTimesTheSteps() {
    assertThat(steps(20_000)).isLessThan(30 * steps(2_000));
  }

  /** How often IOVAs are compared while so many mappings of several sizes are made. */
  private static long steps(int mappings) {
    AtomicLong comparisons = new AtomicLong();
    TreeMap<Long, Area> areas =
        new TreeMap<>((a, b) -> {
          comparisons.incrementAndGet();
          return Long.compareUnsigned(a, b);
        });
    IovaSearch search = new IovaSearch();
    for (int i = 0; i < mappings; i++) {
      long length = (i % 3 + 1) * (3 * PAGE);
      long alignment = PAGE << i % 5;
      long found = search.find(areas, List.of(), List.of(EVERYTHING), length, alignment, 0);
      areas.put(found, new Area(found, length, null, 0, 0));
    }
    return comparisons.get();
  }
}
