package io.holdfast.bench;

import java.util.Arrays;

/** The median of what a benchmark has measured; of an even number, the upper of the two. */
final class Medians {
  private Medians() {}

  static double of(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
