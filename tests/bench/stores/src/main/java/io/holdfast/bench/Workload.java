package io.holdfast.bench;

/**
 * What is written.
 *
 * @param records how many records
 * @param extents how many extents each of them has
 */
record Workload(int records, int extents) {
  static final int BATCH = 100;

  /** Enough extents for about 128 bytes. */
  static final int SMALL_EXTENTS = 18;

  static final int FRAGMENTED_EXTENTS = 256;
}
