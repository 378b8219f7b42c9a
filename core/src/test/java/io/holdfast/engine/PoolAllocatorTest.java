package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PoolAllocatorTest {
  private static final long PAGE = 4096;
  private static final long LARGE = 2L << 20;

  private record Part(long offset, long length) {}

  @Test
  void growsAtTheEndAndReusesWhatWasFreed() {
    PoolAllocator allocator = new PoolAllocator(PAGE, 0);
    long first = allocator.allocate(PAGE);
    long second = allocator.allocate(3 * PAGE);
    assertThat(first).isZero();
    assertThat(second).isEqualTo(PAGE);
    assertThat(allocator.sizeBytes()).isEqualTo(4 * PAGE);

    allocator.free(second, 3 * PAGE);
    assertThat(allocator.allocate(2 * PAGE)).isEqualTo(PAGE);
    assertThat(allocator.allocate(PAGE)).isEqualTo(3 * PAGE);
    assertThat(allocator.sizeBytes()).isEqualTo(4 * PAGE);
  }

  @Test
  void largePartsBeginAtTwoMebibytesAndTheGapIsUsed() {
    PoolAllocator allocator = new PoolAllocator(PAGE, 0);
    allocator.allocate(PAGE);
    assertThat(allocator.allocate(LARGE)).isEqualTo(LARGE);
    assertThat(allocator.allocate(PAGE)).isEqualTo(PAGE);
    assertThat(allocator.sizeBytes()).isEqualTo(2 * LARGE);
  }

  @Test
  void neighbouringHolesAreOne() {
    PoolAllocator allocator = new PoolAllocator(PAGE, 3 * PAGE);
    allocator.free(0, PAGE);
    allocator.free(2 * PAGE, PAGE);
    allocator.free(PAGE, PAGE);
    assertThat(allocator.allocate(3 * PAGE)).isZero();
  }

  @Test
  void forgetsWhatTheFileCouldNotGrowTo() {
    PoolAllocator allocator = new PoolAllocator(PAGE, PAGE);
    allocator.allocate(LARGE);
    allocator.truncate(PAGE);
    assertThat(allocator.sizeBytes()).isEqualTo(PAGE);
    assertThat(allocator.allocate(PAGE)).isEqualTo(PAGE);
  }

  @Test
  void neverHandsOutAByteTwice() {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("PoolAllocatorTest: -Dholdfast.seed=" + seed);
    Random random = new Random(seed);
    PoolAllocator allocator = new PoolAllocator(PAGE, 0);
    List<Part> parts = new ArrayList<>();
    for (int step = 0; step < 2000; step++) {
      if (parts.isEmpty() || random.nextInt(5) < 3) {
        long length = PAGE * (1 + random.nextInt(random.nextInt(8) == 0 ? 1500 : 8));
        Part fresh = new Part(allocator.allocate(length), length);
        assertThat(parts)
            .noneMatch(part ->
                fresh.offset < part.offset + part.length
                    && part.offset < fresh.offset + fresh.length);
        assertThat(fresh.offset + fresh.length).isLessThanOrEqualTo(allocator.sizeBytes());
        parts.add(fresh);
      } else {
        Part gone = parts.remove(random.nextInt(parts.size()));
        allocator.free(gone.offset, gone.length);
      }
    }
  }
}
