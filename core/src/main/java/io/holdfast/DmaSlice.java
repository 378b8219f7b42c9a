package io.holdfast;

import io.holdfast.engine.LiveMapping;
import java.lang.foreign.MemorySegment;

/**
 * A part of a {@link DmaBuffer}: a ring, a queue's entry, a command's data.
 *
 * <p>Memory, IOVA and the address for a device stay together, and none of them is found twice. A
 * driver makes its slices once; using one allocates nothing. Immutable and thread-safe; it ends
 * with its buffer.
 */
public final class DmaSlice {
  private final LiveMapping mapping;
  private final long offsetBytes;
  private final long lengthBytes;
  private final MemorySegment segment;

  DmaSlice(LiveMapping mapping, long offsetBytes, long lengthBytes) {
    this.mapping = mapping;
    this.offsetBytes = offsetBytes;
    this.lengthBytes = lengthBytes;
    this.segment = mapping.segment().asSlice(offsetBytes, lengthBytes);
  }

  /** Where it begins in its buffer, in bytes. */
  public long offsetBytes() {
    return offsetBytes;
  }

  /** Its length in bytes. */
  public long lengthBytes() {
    return lengthBytes;
  }

  /** Its memory; after the buffer is closed, an access fails with an IllegalStateException. */
  public MemorySegment segment() {
    return segment;
  }

  /** Where it begins in its IOAS. */
  public long iova() {
    return mapping.iova().start() + offsetBytes;
  }

  /**
   * What a device addresses its first byte by, as {@link DmaBuffer#dmaAddress}.
   *
   * @throws IllegalStateException if the buffer is not pinned
   */
  public long dmaAddress() {
    return mapping.pinned().address(offsetBytes);
  }

  /**
   * What a device addresses a byte by, as {@link DmaBuffer#dmaAddress}.
   *
   * @param offset from its beginning, 0 up to the length
   * @throws IllegalStateException if the buffer is not pinned
   */
  public long dmaAddress(long offset) {
    check(offset);
    return mapping.pinned().address(offsetBytes + offset);
  }

  /**
   * The physical address of its first byte.
   *
   * @throws IllegalStateException if the buffer is not pinned
   * @throws UnsupportedOperationException as {@link DmaBuffer#physicalAddress}
   */
  public long physicalAddress() {
    return mapping.physicalAddress(offsetBytes);
  }

  /**
   * The physical address of a byte.
   *
   * @param offset from its beginning, 0 up to the length
   * @throws IllegalStateException if the buffer is not pinned
   * @throws UnsupportedOperationException as {@link DmaBuffer#physicalAddress}
   */
  public long physicalAddress(long offset) {
    check(offset);
    return mapping.physicalAddress(offsetBytes + offset);
  }

  private void check(long offset) {
    if (offset < 0 || offset >= lengthBytes) {
      throw new IndexOutOfBoundsException(
          "offset " + offset + " of a slice of " + lengthBytes + " bytes");
    }
  }

  /**
   * Whether its bytes follow each other for a device, so that it can be told of all of it by one
   * address: in physical memory, or in IOVAs behind an IOMMU.
   *
   * @throws IllegalStateException if the buffer is not pinned
   */
  public boolean isContiguous() {
    return mapping.pinned().contiguousBytes(offsetBytes) >= lengthBytes;
  }
}
