package io.holdfast.model;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The physical extents behind a range of memory, in the order of its offsets.
 *
 * <p>Held as two arrays of longs, so that a million extents are 16 MB and no objects. Neighbours
 * that continue each other are merged while building, so two lists that describe the same memory
 * are equal. Immutable and thread-safe.
 */
public final class ExtentList {
  /** No memory at all. */
  public static final ExtentList EMPTY = new ExtentList(new long[0], new long[0], 0);

  private final long[] addresses;
  private final long[] lengths;
  private final long lengthBytes;

  private ExtentList(long[] addresses, long[] lengths, long lengthBytes) {
    this.addresses = addresses;
    this.lengths = lengths;
    this.lengthBytes = lengthBytes;
  }

  /** The list of these extents, merged where they touch. */
  public static ExtentList of(Extent... extents) {
    return of(List.of(extents));
  }

  /** The list of these extents, merged where they touch. */
  public static ExtentList of(List<Extent> extents) {
    Builder builder = builder();
    for (Extent extent : extents) {
      builder.add(extent.physicalAddress(), extent.lengthBytes());
    }
    return builder.build();
  }

  /** A builder; not thread-safe. */
  public static Builder builder() {
    return new Builder(16);
  }

  /**
   * A builder that has room for {@code capacity} extents, at least 0, before it has to grow; not
   * thread-safe.
   */
  public static Builder builder(int capacity) {
    if (capacity < 0) {
      throw new IllegalArgumentException("capacity is " + capacity + ", must be at least 0");
    }
    return new Builder(capacity);
  }

  /** How many extents. */
  public int size() {
    return addresses.length;
  }

  /** The memory described, in bytes. */
  public long lengthBytes() {
    return lengthBytes;
  }

  /** The physical address where extent {@code index} starts. */
  public long physicalAddress(int index) {
    return addresses[index];
  }

  /** The length of extent {@code index}, in bytes. */
  public long lengthBytes(int index) {
    return lengths[index];
  }

  /** Extent {@code index} as an object. */
  public Extent get(int index) {
    return new Extent(addresses[index], lengths[index]);
  }

  /** The extents in order. */
  public Stream<Extent> stream() {
    return IntStream.range(0, size()).mapToObj(this::get);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ExtentList list
        && Arrays.equals(addresses, list.addresses)
        && Arrays.equals(lengths, list.lengths);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(addresses) + Arrays.hashCode(lengths);
  }

  /** {@code 3 extents, 12288 bytes: 0x1000+4096 0x9000+4096 …}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(size())
        .append(size() == 1 ? " extent, " : " extents, ")
        .append(lengthBytes)
        .append(" bytes:");
    stream().limit(8).forEach(extent -> text.append(' ').append(extent));
    return size() > 8 ? text.append(" …").toString() : text.toString();
  }

  /** Collects extents in the order of their offsets. Not thread-safe. */
  public static final class Builder {
    private long[] addresses;
    private long[] lengths;
    private int size;
    private long lengthBytes;

    /** Whether a list that was built uses the arrays. */
    private boolean shared;

    private Builder(int capacity) {
      addresses = new long[capacity];
      lengths = new long[capacity];
    }

    /**
     * Adds the next extent; one that continues the last is merged with it.
     *
     * @throws IllegalArgumentException if the address is negative, the length is not positive, or
     *     the memory described is more than 2^63-1 bytes
     */
    public Builder add(long physicalAddress, long length) {
      if (physicalAddress < 0 || length <= 0 || physicalAddress + length < 0) {
        throw new IllegalArgumentException(
            "not an extent: physical address 0x%x, length %d".formatted(physicalAddress, length));
      }
      if (lengthBytes + length < 0) {
        throw new IllegalArgumentException("the extents describe more than 2^63-1 bytes");
      }
      lengthBytes += length;
      if (shared) {
        addresses = addresses.clone();
        lengths = lengths.clone();
        shared = false;
      }
      if (size > 0 && addresses[size - 1] + lengths[size - 1] == physicalAddress) {
        lengths[size - 1] += length;
        return this;
      }
      if (size == addresses.length) {
        int capacity = size + Math.max(16, size >> 1);
        addresses = Arrays.copyOf(addresses, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
      }
      addresses[size] = physicalAddress;
      lengths[size] = length;
      size++;
      return this;
    }

    /** The list so far; the builder can go on. */
    public ExtentList build() {
      if (size == 0) {
        return EMPTY;
      }
      if (size == addresses.length) {
        shared = true;
        return new ExtentList(addresses, lengths, lengthBytes);
      }
      return new ExtentList(
          Arrays.copyOf(addresses, size), Arrays.copyOf(lengths, size), lengthBytes);
    }
  }
}
