package io.holdfast.journal;

import io.holdfast.serializer.Sink;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * One commit batch as it lies in the file: a frame that can be found and checked without knowing
 * what is around it.
 *
 * <pre>
 *  offset  0        4        8        12       16
 *        0 | magic "HOLDJRNL" | ver  | flags  | length |    length: of the whole frame, at most 32 KiB
 *       16 | CRC-32C |file no. | journal UUID (high)    |    CRC: of every other byte of the frame
 *       32 | journal UUID (low) | sequence               |    sequence: 0, 1, 2, … within one file
 *       48 | records | payload …                              records: of the whole change, in its END frame
 * </pre>
 *
 * <p>All numbers are little-endian. A change (one {@link Journal#append}) whose records do not fit
 * into one frame is cut over frames of contiguous sequence numbers: the first has BEGIN, the last
 * END, and the payloads put together are the records. A change without its END frame is not there.
 * The file number counts the files a journal has moved through, so that a frame of an older file is
 * never taken for one of this. Magic, version, flags, length and CRC keep their place in every
 * later version, so that a newer file can be told from a damaged one.
 */
final class Frame {
  static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** "HOLDJRNL"; none of its bytes is zero, which the scan makes use of. */
  static final long MAGIC = 0x4c4e524a444c4f48L;

  /** The format that is written; every one from 1 on is read. */
  static final int VERSION = 3;

  static final int HEADER_BYTES = 52;
  static final int MAX_BYTES = 32 * 1024;
  static final int MAX_PAYLOAD_BYTES = MAX_BYTES - HEADER_BYTES;

  /** The first frame of a change. */
  static final int BEGIN = 1;

  /** The last frame of a change: it is complete. */
  static final int END = 2;

  private static final int LENGTH_AT = 12;
  private static final int CRC_AT = 16;
  private static final int FILE_NUMBER_AT = 20;
  private static final int UUID_AT = 24;
  private static final int SEQUENCE_AT = 40;
  private static final int RECORDS_AT = 48;

  private Frame() {}

  /** A sink whose content {@link JournalFile#write} can take. */
  static Sink sink() {
    return new Sink(HEADER_BYTES);
  }

  /** Fills in what is the same in all frames of a file. */
  static void begin(byte[] header, UUID journal, int fileNumber) {
    LONGS.set(header, 0, MAGIC);
    INTS.set(header, FILE_NUMBER_AT, fileNumber);
    LONGS.set(header, UUID_AT, journal.getMostSignificantBits());
    LONGS.set(header, UUID_AT + 8, journal.getLeastSignificantBits());
  }

  /**
   * Fills in the rest of a header, for the frame that lies at {@code bytes[at]} to {@code bytes[at
   * + length - 1]}.
   */
  static void finish(
      byte[] bytes, int at, int length, int flags, long sequence, int records, CRC32C crc) {
    INTS.set(bytes, at + 8, VERSION | flags << 16);
    INTS.set(bytes, at + LENGTH_AT, length);
    LONGS.set(bytes, at + SEQUENCE_AT, sequence);
    INTS.set(bytes, at + RECORDS_AT, records);
    INTS.set(bytes, at + CRC_AT, checksum(bytes, at, length, crc));
  }

  static int checksum(byte[] bytes, int at, int length, CRC32C crc) {
    crc.reset();
    crc.update(bytes, at, CRC_AT);
    crc.update(bytes, at + CRC_AT + 4, length - CRC_AT - 4);
    return (int) crc.getValue();
  }

  static int version(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at + 8) & 0xffff;
  }

  static int flags(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at + 8) >>> 16;
  }

  static int length(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at + LENGTH_AT);
  }

  static int crc(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at + CRC_AT);
  }

  static int fileNumber(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at + FILE_NUMBER_AT);
  }

  static UUID journal(byte[] bytes, int at) {
    return new UUID(
        (long) LONGS.get(bytes, at + UUID_AT), (long) LONGS.get(bytes, at + UUID_AT + 8));
  }

  static boolean isOf(byte[] bytes, int at, int version, UUID journal, int fileNumber) {
    return version(bytes, at) == version
        && (long) LONGS.get(bytes, at + UUID_AT) == journal.getMostSignificantBits()
        && (long) LONGS.get(bytes, at + UUID_AT + 8) == journal.getLeastSignificantBits()
        && fileNumber(bytes, at) == fileNumber;
  }

  static long sequence(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at + SEQUENCE_AT);
  }

  static int records(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at + RECORDS_AT);
  }
}
