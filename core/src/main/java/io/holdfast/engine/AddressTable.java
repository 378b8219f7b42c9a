package io.holdfast.engine;

import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import java.util.Arrays;

/**
 * Looks up what devices address an offset of a buffer by, without allocating: its physical address,
 * or its IOVA where they are behind an IOMMU.
 *
 * <p>A buffer of one extent is an addition. Others keep one entry a granule (the largest power of
 * two that divides every extent's address and length), which makes the look-up one load whatever
 * the number of extents; an entry has 32 bits where they suffice, because at a million extents the
 * cost is the cache miss. Where that table would be out of proportion, a binary search over the
 * extents. Immutable and thread-safe.
 */
public final class AddressTable {
  /**
   * A table may have this many entries for each extent before the search is used instead: 4 MiB
   * extents at 4 KiB.
   */
  private static final long MAX_ENTRIES_PER_EXTENT = 1024;

  private static final int[] NONE = {};

  private final long lengthBytes;
  private final int shift;
  private final long mask;
  private final int[] granules;
  private final long first;
  private final ExtentList extents;

  /** The offset at which each extent begins; empty where there is one at most. */
  private final long[] starts;

  private AddressTable(ExtentList extents, int shift, int[] granules) {
    this.extents = extents;
    this.lengthBytes = extents.lengthBytes();
    this.first = extents.size() == 0 ? 0 : extents.physicalAddress(0);
    this.shift = shift;
    this.mask = (1L << shift) - 1;
    this.granules = granules;
    this.starts = extents.size() <= 1 ? new long[0] : starts(extents);
  }

  /** The table for a buffer with these extents. */
  public static AddressTable of(ExtentList extents) {
    int count = extents.size();
    if (count <= 1) {
      return new AddressTable(extents, 0, NONE);
    }
    long bits = 0;
    long highest = 0;
    for (int i = 0; i < count; i++) {
      bits |= extents.physicalAddress(i) | (i < count - 1 ? extents.lengthBytes(i) : 0);
      highest = Math.max(highest, extents.physicalAddress(i) + extents.lengthBytes(i) - 1);
    }
    int shift = Long.numberOfTrailingZeros(bits);
    long entries = (extents.lengthBytes() + (1L << shift) - 1) >>> shift;
    if (entries > MAX_ENTRIES_PER_EXTENT * count
        || entries > Integer.MAX_VALUE - 8
        || highest >>> shift > 0xffff_ffffL) {
      return new AddressTable(extents, shift, NONE);
    }
    int[] granules = new int[(int) entries];
    int entry = 0;
    for (int i = 0; i < count; i++) {
      int granule = (int) (extents.physicalAddress(i) >>> shift);
      for (long done = 0; done < extents.lengthBytes(i); done += 1L << shift) {
        granules[entry++] = granule++;
      }
    }
    return new AddressTable(extents, shift, granules);
  }

  private static long[] starts(ExtentList extents) {
    long[] starts = new long[extents.size()];
    for (int i = 1; i < starts.length; i++) {
      starts[i] = starts[i - 1] + extents.lengthBytes(i - 1);
    }
    return starts;
  }

  /** The table for a buffer that devices see at these IOVAs. */
  public static AddressTable of(IovaRange range) {
    return new AddressTable(range);
  }

  private AddressTable(IovaRange range) {
    this.extents = null;
    this.lengthBytes = range.lengthBytes();
    this.first = range.start();
    this.shift = 0;
    this.mask = 0;
    this.granules = NONE;
    this.starts = new long[0];
  }

  /** Whether these are physical addresses, and not IOVAs. */
  public boolean isPhysical() {
    return extents != null;
  }

  /** The extents it was made from; null where {@link #isPhysical} is false. */
  public ExtentList extents() {
    return extents;
  }

  /** The address of the byte at an offset, 0 up to the length. */
  public long address(long offsetBytes) {
    check(offsetBytes);
    if (granules.length != 0) {
      return (Integer.toUnsignedLong(granules[(int) (offsetBytes >>> shift)]) << shift)
          | (offsetBytes & mask);
    }
    if (starts.length == 0) {
      return first + offsetBytes;
    }
    int index = extent(offsetBytes);
    return extents.physicalAddress(index) + (offsetBytes - starts[index]);
  }

  /**
   * How many bytes from an offset on, which is 0 up to the length, follow each other for a device:
   * at least 1.
   */
  public long contiguousBytes(long offsetBytes) {
    check(offsetBytes);
    if (starts.length == 0) {
      return lengthBytes - offsetBytes;
    }
    int next = extent(offsetBytes) + 1;
    return (next < starts.length ? starts[next] : lengthBytes) - offsetBytes;
  }

  private int extent(long offsetBytes) {
    int found = Arrays.binarySearch(starts, offsetBytes);
    return found >= 0 ? found : -found - 2;
  }

  private void check(long offsetBytes) {
    if (offsetBytes < 0 || offsetBytes >= lengthBytes) {
      throw new IndexOutOfBoundsException(
          "offset " + offsetBytes + " of a buffer of " + lengthBytes + " bytes");
    }
  }
}
