package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The search for a free frame finds the lowest one, in steps that do not add up. */
final class FreeFramesTest {
  @Test
  void theLowestIsFoundWhateverWasTakenAndReleased() {
    for (long seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      FreeFrames frames = new FreeFrames(300);
      BitSet used = new BitSet();
      for (int step = 0; step < 300; step++) {
        int start = random.nextInt(250);
        int count = 1 + random.nextInt(50);
        switch (random.nextInt(4)) {
          case 0 -> {
            frames.take(start, count);
            used.set(start, start + count);
          }
          case 1 -> {
            frames.release(start, count);
            used.clear(start, start + count);
          }
          case 2 -> {
            frames.take(start);
            used.set(start);
          }
          default -> {
            frames.release(start);
            used.clear(start);
          }
        }
        assertThat(frames.lowest())
            .as("seed %d, step %d", seed, step)
            .isEqualTo(used.nextClearBit(0));
        assertThat(frames.isFree(start, count))
            .as("seed %d, step %d", seed, step)
            .isEqualTo(used.get(start, start + count).isEmpty());
      }
    }
  }

  @Test
  void tenTimesTheMemoryTakesAboutTenTimesTheSteps() {
    assertThat(steps(20_000)).isLessThan(30 * steps(2_000));
  }

  /** How many frames are looked at while memory of so many frames is taken, a frame at a time. */
  private static long steps(int count) {
    try (Arena arena = Arena.ofConfined()) {
      PhysicalMemory memory =
          new PhysicalMemory(
              (long) count * PhysicalMemory.PAGE_BYTES, 0, 1, 1, arena.allocate(count));
      while (memory.freeFrames() > 0) {
        memory.allocate(PhysicalMemory.FOREIGN, 0);
      }
      return memory.framesLookedAt();
    }
  }
}
