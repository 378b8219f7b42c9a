package io.holdfast.lives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads that close what others use; {@code -Dholdfast.seed=S} begins with the same dice. */
class RacesTest {
  private static final int ROUNDS = 100;

  @TempDir Path folder;

  @Test
  void whateverIsClosedMeanwhileNothingReachesAnotherAndNothingIsLeft() {
    long seed = Long.getLong("holdfast.seed", new SplittableRandom().nextLong(1L << 40));
    System.out.println("races from seed " + seed + " on: -Dholdfast.seed=" + seed);
    Races races = new Races(seed);
    assertThat(races.run(folder, ROUNDS)).as("races from seed %d on", seed).isEmpty();
    assertThat(races.rounds()).isEqualTo(ROUNDS);
    assertThat(races.reads()).as("addresses that were read").isPositive();
    assertThat(races.refusals()).as("uses that met something closed").isPositive();
  }
}
