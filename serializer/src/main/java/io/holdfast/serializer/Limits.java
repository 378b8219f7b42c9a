package io.holdfast.serializer;

/**
 * How much may be decoded from so many bytes.
 *
 * <p>The smallest record takes a few bytes in a file and some two hundred in memory, and an extent
 * one byte and sixteen. With these limits an input of 16 MB is read within a heap of 256 MB, and
 * larger ones within a heap that grows with them. What a driver sets up stays far below: a mapping
 * takes more than 32 bytes, and extents take less than two bytes only where they lie close
 * together. Immutable.
 *
 * @param objects records and values of unknown fields
 * @param extents physical extents
 */
public record Limits(long objects, long extents) {
  private static final long MIN_OBJECTS = 1L << 19;
  private static final long MIN_EXTENTS = 1L << 23;
  private static final int BYTES_PER_OBJECT = 32;
  private static final int BYTES_PER_EXTENT = 2;

  /** The limits for an input of so many bytes. */
  public static Limits of(long bytes) {
    return new Limits(
        Math.max(MIN_OBJECTS, bytes / BYTES_PER_OBJECT),
        Math.max(MIN_EXTENTS, bytes / BYTES_PER_EXTENT));
  }

  /** Whether so much may be decoded. */
  public boolean allow(long moreObjects, long moreExtents) {
    return moreObjects <= objects && moreExtents <= extents;
  }
}
