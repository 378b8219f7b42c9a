package io.holdfast.serializer;

import java.util.Random;
import java.util.random.RandomGenerator;

/** The randomness of a test: printed, and replayed with {@code -Dholdfast.seed=N}. */
final class Seed {
  private Seed() {}

  static RandomGenerator random(String test) {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println(test + ": seed " + seed + "; replay with -Dholdfast.seed=" + seed);
    return new Random(seed);
  }
}
