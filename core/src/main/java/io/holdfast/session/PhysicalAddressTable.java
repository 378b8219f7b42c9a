package io.holdfast.session;

import io.holdfast.model.ExtentList;
import java.util.Arrays;

/**
 * Looks up the physical address behind an offset of a buffer, without allocating.
 *
 * <p>A buffer of one extent is an addition. Others keep one entry a granule (the largest power of
 * two that divides every extent but the last), which makes the look-up one load whatever the number
 * of extents; where that table would be out of proportion, a binary search over the extents.
 * Immutable and thread-safe.
 */
final class PhysicalAddressTable {
  /**
   * A table may have this many entries for each extent before the search is used instead: 2 MiB
   * extents at 4 KiB.
   */
  private static final long MAX_ENTRIES_PER_EXTENT = 1024;

  private final long lengthBytes;
  private final long single;
  private final int shift;
  private final long[] table;
  private final long[] starts;

  private PhysicalAddressTable(
      long lengthBytes, long single, int shift, long[] table, long[] starts) {
    this.lengthBytes = lengthBytes;
    this.single = single;
    this.shift = shift;
    this.table = table;
    this.starts = starts;
  }

  static PhysicalAddressTable of(ExtentList extents) {
    int count = extents.size();
    long lengthBytes = extents.lengthBytes();
    if (count <= 1) {
      return new PhysicalAddressTable(
          lengthBytes, count == 0 ? 0 : extents.physicalAddress(0), 0, new long[0], new long[0]);
    }
    long boundaries = 0;
    for (int i = 0; i < count - 1; i++) {
      boundaries |= extents.lengthBytes(i);
    }
    int shift = Long.numberOfTrailingZeros(boundaries);
    long entries = (lengthBytes + (1L << shift) - 1) >>> shift;
    if (entries > MAX_ENTRIES_PER_EXTENT * count || entries > Integer.MAX_VALUE - 8) {
      return searching(extents);
    }
    long[] table = new long[(int) entries];
    int entry = 0;
    for (int i = 0; i < count; i++) {
      long address = extents.physicalAddress(i);
      for (long done = 0; done < extents.lengthBytes(i); done += 1L << shift) {
        table[entry++] = address + done;
      }
    }
    return new PhysicalAddressTable(lengthBytes, 0, shift, table, new long[0]);
  }

  private static PhysicalAddressTable searching(ExtentList extents) {
    long[] starts = new long[extents.size()];
    long[] addresses = new long[extents.size()];
    long offset = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = offset;
      addresses[i] = extents.physicalAddress(i);
      offset += extents.lengthBytes(i);
    }
    return new PhysicalAddressTable(offset, 0, 0, addresses, starts);
  }

  /** The physical address of the byte at an offset, 0 up to the length. */
  long physicalAddress(long offsetBytes) {
    if (offsetBytes < 0 || offsetBytes >= lengthBytes) {
      throw outOfBounds(offsetBytes);
    }
    if (table.length == 0) {
      return single + offsetBytes;
    }
    if (starts.length == 0) {
      return table[(int) (offsetBytes >>> shift)] + (offsetBytes & ((1L << shift) - 1));
    }
    int found = Arrays.binarySearch(starts, offsetBytes);
    int index = found >= 0 ? found : -found - 2;
    return table[index] + (offsetBytes - starts[index]);
  }

  private IndexOutOfBoundsException outOfBounds(long offsetBytes) {
    return new IndexOutOfBoundsException(
        "offset " + offsetBytes + " of a buffer of " + lengthBytes + " bytes");
  }
}
