package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PoolAllocatorTest {
  private static final long PAGE = 4096;
  private static final long HUGE = 2L << 20;

  private record Part(long offset, long length) {}

  private static PoolAllocator ofSize(long bytes) {
    PoolAllocator allocator = new PoolAllocator(PAGE);
    allocator.free(0, bytes);
    return allocator;
  }

  @Test
  void handsOutTheFirstHoleAndReusesWhatWasFreed() {
    PoolAllocator allocator = ofSize(4 * PAGE);
    assertThat(allocator.allocate(PAGE, 1)).hasValue(0);
    assertThat(allocator.allocate(3 * PAGE, 1)).hasValue(PAGE);
    assertThat(allocator.allocate(PAGE, 1)).isEmpty();

    allocator.free(PAGE, 3 * PAGE);
    assertThat(allocator.allocate(2 * PAGE, 1)).hasValue(PAGE);
    assertThat(allocator.allocate(PAGE, 1)).hasValue(3 * PAGE);
    assertThat(allocator.allocate(PAGE, 1)).isEmpty();
  }

  @Test
  void whatIsShorterThanAHugePageLiesWithinOne() {
    PoolAllocator allocator = ofSize(2 * HUGE);
    assertThat(allocator.allocate(HUGE - PAGE, 1)).hasValue(0);
    assertThat(allocator.allocate(2 * PAGE, 1)).hasValue(HUGE);
    assertThat(allocator.allocate(PAGE, 1)).hasValue(HUGE - PAGE);
  }

  @Test
  void whatIsLongerBeginsAtAHugePage() {
    PoolAllocator allocator = ofSize(3 * HUGE);
    assertThat(allocator.allocate(PAGE, 1)).hasValue(0);
    assertThat(allocator.allocate(HUGE + PAGE, 1)).hasValue(HUGE);
    assertThat(allocator.allocate(PAGE, 1)).hasValue(PAGE);
  }

  @Test
  void offsetsAreAligned() {
    PoolAllocator allocator = ofSize(HUGE);
    assertThat(allocator.allocate(PAGE, 1)).hasValue(0);
    assertThat(allocator.allocate(PAGE, 64 << 10)).hasValue(64 << 10);
    assertThat(allocator.allocate(HUGE / 2, HUGE / 2)).hasValue(HUGE / 2);
    assertThat(allocator.allocate(PAGE, HUGE)).isEmpty();
  }

  @Test
  void neighbouringHolesAreOne() {
    PoolAllocator allocator = new PoolAllocator(PAGE);
    allocator.free(0, PAGE);
    allocator.free(2 * PAGE, PAGE);
    allocator.free(PAGE, PAGE);
    assertThat(allocator.allocate(3 * PAGE, 1)).hasValue(0);
  }

  @Test
  void neverHandsOutAByteTwice() {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("PoolAllocatorTest: -Dholdfast.seed=" + seed);
    Random random = new Random(seed);
    long size = 16 * HUGE;
    PoolAllocator allocator = ofSize(size);
    List<Part> parts = new ArrayList<>();
    for (int step = 0; step < 3000; step++) {
      if (parts.isEmpty() || random.nextInt(5) < 3) {
        long length = PAGE * (1 + random.nextInt(random.nextInt(8) == 0 ? 1500 : 8));
        long alignment = 1L << random.nextInt(22);
        OptionalLong offset = allocator.allocate(length, alignment);
        if (offset.isPresent()) {
          Part fresh = new Part(offset.getAsLong(), length);
          assertThat(fresh.offset % alignment).isZero();
          assertThat(fresh.offset + length).isLessThanOrEqualTo(size);
          assertThat(length > HUGE || fresh.offset / HUGE == (fresh.offset + length - 1) / HUGE)
              .isTrue();
          assertThat(parts)
              .noneMatch(part ->
                  fresh.offset < part.offset + part.length
                      && part.offset < fresh.offset + fresh.length);
          parts.add(fresh);
          continue;
        }
      }
      if (!parts.isEmpty()) {
        Part gone = parts.remove(random.nextInt(parts.size()));
        allocator.free(gone.offset, gone.length);
      }
    }
    parts.forEach(part -> allocator.free(part.offset, part.length));
    assertThat(allocator.allocate(size, 1)).describedAs("all of it is one hole again").hasValue(0);
  }
}
