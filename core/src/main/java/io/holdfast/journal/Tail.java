package io.holdfast.journal;

import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The last page of a journal file: how many batches have been acknowledged.
 *
 * <pre>
 *  offset  0        4        8        12       16
 *        0 | magic "HOLDTAIL" | version|file no.| journal UUID |      UUID: 16 bytes, high half first
 *       32 | CRC-32C of the bytes before it | 0 … |
 *       64 | cell: count of batches (48 bits) << 16 | check of the count (16 bits) |
 * </pre>
 *
 * <p>Batches are found by their frames, wherever they are; a batch that was wiped out leaves no
 * trace by which it could be missed if it was the last. The cell is that trace. It is one aligned
 * 8-byte store, made after the batches of a change are in place and before the change is
 * acknowledged, so it is never torn: a batch below the count that is not found is a loss, one at or
 * above it was never acknowledged. Chronicle Map does not know of this page: it lies after the
 * length that Chronicle asked for.
 */
final class Tail {
  static final int BYTES = 4096;
  static final int CELL_AT = 64;

  private static final long MAGIC = 0x4c494154444c4f48L;
  private static final int CRC_AT = 32;

  private Tail() {}

  /** A page that says that no batch has been acknowledged. */
  static byte[] page(int version, UUID journal, int fileNumber) {
    byte[] page = new byte[BYTES];
    Frame.LONGS.set(page, 0, MAGIC);
    Frame.INTS.set(page, 8, version);
    Frame.INTS.set(page, 12, fileNumber);
    Frame.LONGS.set(page, 16, journal.getMostSignificantBits());
    Frame.LONGS.set(page, 24, journal.getLeastSignificantBits());
    Frame.INTS.set(page, CRC_AT, checksum(page));
    Frame.LONGS.set(page, CELL_AT, cell(0));
    return page;
  }

  static long cell(long batches) {
    return batches << 16 | check(batches);
  }

  /**
   * How many batches the page says have been acknowledged; -1 if the page is damaged or is not this
   * file's.
   *
   * @param page the page's bytes
   */
  static long acknowledged(byte[] page, int version, UUID journal, int fileNumber) {
    byte[] expected = page(version, journal, fileNumber);
    if (!Arrays.equals(page, 0, CELL_AT, expected, 0, CELL_AT)) {
      return -1;
    }
    long cell = (long) Frame.LONGS.get(page, CELL_AT);
    long batches = cell >>> 16;
    return (cell & 0xffff) == check(batches) ? batches : -1;
  }

  private static long check(long batches) {
    return ((batches + 1) * 0x9e3779b97f4a7c15L) >>> 48;
  }

  private static int checksum(byte[] page) {
    CRC32C crc = new CRC32C();
    crc.update(page, 0, CRC_AT);
    return (int) crc.getValue();
  }
}
