package io.holdfast.model;

/**
 * A range of I/O virtual addresses.
 *
 * <p>Immutable and thread-safe. An empty range and one that wraps are answered with {@link
 * IllegalArgumentException}.
 *
 * @param start the first IOVA; unsigned
 * @param lengthBytes its length in bytes, greater than 0; the range may reach up to, not past, 2^64
 */
public record IovaRange(long start, long lengthBytes) {
  public IovaRange {
    if (lengthBytes <= 0 || Long.compareUnsigned(start + (lengthBytes - 1), start) < 0) {
      throw new IllegalArgumentException(
          "not an IOVA range: start 0x%x, length %d".formatted(start, lengthBytes));
    }
  }

  /** The last IOVA of the range, inclusive. */
  public long last() {
    return start + (lengthBytes - 1);
  }

  /** Whether the two ranges share an address. */
  public boolean overlaps(IovaRange other) {
    return Long.compareUnsigned(start, other.last()) <= 0
        && Long.compareUnsigned(other.start, last()) <= 0;
  }

  /** {@code 0x100000000..0x1001fffff}. */
  @Override
  public String toString() {
    return "0x" + Long.toHexString(start) + "..0x" + Long.toHexString(last());
  }
}
