package io.holdfast;

import io.holdfast.engine.AddressTable;
import io.holdfast.engine.LiveMapping;

/**
 * Walks a part of a {@link DmaBuffer} in runs that a device can be told of by one address, for
 * scatter-gather and PRP lists: physically contiguous memory, or IOVAs behind an IOMMU.
 *
 * <pre>{@code
 * DmaRuns runs = DmaRuns.withinPages(4096); // once, as a field
 * for (runs.over(buffer, offset, length); runs.next(); ) {
 *   list.set(JAVA_LONG, at, runs.dmaAddress());
 *   at += 8;
 * }
 * }</pre>
 *
 * <p>Reused from list to list, it allocates nothing. Not thread-safe.
 */
public final class DmaRuns {
  private final long pageBytes;
  private LiveMapping mapping;
  private long end;
  private long offsetBytes;
  private long lengthBytes;
  private long address;
  private boolean physical;

  private DmaRuns(long pageBytes) {
    this.pageBytes = pageBytes;
  }

  /** Runs that are as long as memory allows. */
  public static DmaRuns whole() {
    return new DmaRuns(0);
  }

  /**
   * Runs that do not go beyond a page of the device's: each but the first begins at the start of
   * one, and each but the last ends at the end of one.
   *
   * @param pageBytes a power of two, at most the page size of the processor: a page of the device's
   *     has to be contiguous
   */
  public static DmaRuns withinPages(int pageBytes) {
    if (Integer.bitCount(pageBytes) != 1 || pageBytes < 1) {
      throw new IllegalArgumentException("a page is a power of two, not " + pageBytes + " bytes");
    }
    return new DmaRuns(pageBytes);
  }

  /**
   * Begins anew, before the first run of a part of a buffer.
   *
   * @param offset where the part begins
   * @param length how long it is, at least 1
   * @throws IndexOutOfBoundsException if it is not within the buffer
   */
  public DmaRuns over(DmaBuffer buffer, long offset, long length) {
    buffer.checkRange(offset, length);
    mapping = buffer.mapping();
    offsetBytes = offset;
    lengthBytes = 0;
    end = offset + length;
    return this;
  }

  /**
   * Goes on to the next run; false after the last one.
   *
   * @throws IllegalStateException if the buffer is not pinned
   */
  public boolean next() {
    offsetBytes += lengthBytes;
    lengthBytes = 0;
    if (mapping == null || offsetBytes == end) {
      return false;
    }
    AddressTable addresses = mapping.pinned();
    address = addresses.address(offsetBytes);
    physical = addresses.isPhysical();
    long run = Math.min(addresses.contiguousBytes(offsetBytes), end - offsetBytes);
    lengthBytes = pageBytes == 0 ? run : Math.min(run, pageBytes - (address & pageBytes - 1));
    return true;
  }

  /** Where the run begins in the buffer, in bytes. */
  public long offsetBytes() {
    return offsetBytes;
  }

  /** What a device addresses it by, as {@link DmaBuffer#dmaAddress}. */
  public long dmaAddress() {
    return address;
  }

  /**
   * Its physical address.
   *
   * @throws UnsupportedOperationException as {@link DmaBuffer#physicalAddress}
   */
  public long physicalAddress() {
    return physical ? address : mapping.physicalAddress(offsetBytes);
  }

  /** How long it is, in bytes. */
  public long lengthBytes() {
    return lengthBytes;
  }
}
