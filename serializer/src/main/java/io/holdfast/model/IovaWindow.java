package io.holdfast.model;

/**
 * I/O virtual addresses from one to another, both included: a window may be all there are, which no
 * {@link IovaRange} can be.
 *
 * <p>Immutable and thread-safe. One that ends before it begins fails with {@link
 * IllegalArgumentException}.
 *
 * @param first the first IOVA; unsigned
 * @param last the last IOVA; unsigned, greater than the first
 * @param extensions fields of a newer minor format
 */
public record IovaWindow(long first, long last, Extensions extensions) {
  public IovaWindow {
    Checks.notNull("the extensions of a window", extensions);
    if (Long.compareUnsigned(first, last) >= 0) {
      throw new IllegalArgumentException(
          "not a window of IOVAs: 0x%x to 0x%x".formatted(first, last));
    }
  }

  /** A window without unknown fields. */
  public IovaWindow(long first, long last) {
    this(first, last, Extensions.NONE);
  }

  /** Whether the two are the same addresses. */
  public boolean isSameAs(IovaWindow other) {
    return first == other.first && last == other.last;
  }

  /** Whether the two share an address. */
  public boolean overlaps(IovaWindow other) {
    return Long.compareUnsigned(first, other.last) <= 0
        && Long.compareUnsigned(other.first, last) <= 0;
  }

  /** Whether all of a range lies in it. */
  public boolean contains(IovaRange range) {
    return Long.compareUnsigned(first, range.start()) <= 0
        && Long.compareUnsigned(range.last(), last) <= 0;
  }

  /** {@code 0x1000..0xfedfffff}. */
  @Override
  public String toString() {
    return "0x" + Long.toHexString(first) + "..0x" + Long.toHexString(last);
  }
}
