package io.holdfast.lives;

import java.util.List;
import java.util.SplittableRandom;

/** What is random in a life, all of it from one seed. Not thread-safe. */
final class Dice {
  private final SplittableRandom random;

  Dice(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** From 0 up to a bound. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** From a least to a most, both included. */
  int between(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  /** True so many times in a hundred. */
  boolean percent(int chance) {
    return random.nextInt(100) < chance;
  }

  /** True so many times in a million. */
  boolean perMillion(int chance) {
    return random.nextInt(1_000_000) < chance;
  }

  long bits() {
    return random.nextLong();
  }

  <T> T of(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  int of(int... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Fills bytes. */
  void fill(byte[] bytes, int from, int to) {
    for (int i = from; i < to; ) {
      long word = random.nextLong();
      for (int j = 0; j < Long.BYTES && i < to; j++, i++) {
        bytes[i] = (byte) (word >>> (8 * j));
      }
    }
  }
}
