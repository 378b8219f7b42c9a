package io.holdfast.serializer;

import io.holdfast.model.ExtentList;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;

/**
 * A growing byte array that records are written into: little-endian, varints, UTF-8. Not
 * thread-safe; reused.
 */
public final class Sink {
  /** What is written between two {@link #clear} is never larger than this. */
  public static final int MAX_BYTES = 1 << 30;

  static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int KEPT_BYTES = 1 << 20;

  /** Up to so many extents take less than 2^14 bytes for sure, and are written in place. */
  private static final int DIRECT_EXTENTS = 256;

  private final CompactWriter records = new CompactWriter(this);
  private final int headroom;
  private byte[] bytes = new byte[4096];

  /** Where what was written ends; it begins behind the headroom. */
  private int position;

  /** A sink that begins with the first byte of its array. */
  public Sink() {
    this(0);
  }

  /**
   * A sink that leaves room in front of what is written.
   *
   * @param headroomBytes how much, at least 0; small
   */
  public Sink(int headroomBytes) {
    headroom = headroomBytes;
    position = headroomBytes;
  }

  /** Writes records into this sink. */
  CompactWriter records() {
    return records;
  }

  /**
   * The array that holds what was written, from the headroom on; another one after more was
   * written.
   */
  public byte[] bytes() {
    return bytes;
  }

  /** How many bytes lie in front of what was written. */
  public int headroom() {
    return headroom;
  }

  /** How many bytes were written. */
  public int size() {
    return position - headroom;
  }

  /** Forgets the content; memory that one exceptional record needed is given back. */
  public void clear() {
    position = headroom;
    if (bytes.length > KEPT_BYTES) {
      bytes = new byte[4096];
    }
  }

  /** The lowest byte. */
  public void u8(int value) {
    ensure(1);
    bytes[position++] = (byte) value;
  }

  /** The lowest two bytes. */
  public void u16(int value) {
    u8(value);
    u8(value >>> 8);
  }

  /** Four bytes. */
  public void u32(int value) {
    ensure(4);
    INTS.set(bytes, position, value);
    position += 4;
  }

  /** Eight bytes. */
  public void u64(long value) {
    ensure(8);
    LONGS.set(bytes, position, value);
    position += 8;
  }

  /** Seven bits a byte, lowest first; the value is taken as unsigned. */
  public void varint(long value) {
    ensure(10);
    position = putVarint(bytes, position, value);
  }

  /** A byte, then a varint: what most fields of a record are. */
  void taggedVarint(int tag, long value) {
    ensure(11);
    bytes[position++] = (byte) tag;
    position = putVarint(bytes, position, value);
  }

  /** Two bytes: a field of one. */
  void taggedByte(int tag, int value) {
    ensure(2);
    bytes[position] = (byte) tag;
    bytes[position + 1] = (byte) value;
    position += 2;
  }

  /** Writes a varint into an array that has room for it; answers where it ends. */
  static int putVarint(byte[] into, int start, long value) {
    int at = start;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      into[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    into[at++] = (byte) rest;
    return at;
  }

  /** Length and bytes. */
  public void bytes(byte[] value) {
    varint(value.length);
    ensure(value.length);
    System.arraycopy(value, 0, bytes, position, value.length);
    position += value.length;
  }

  /** Two 8-byte numbers, the high half first. */
  public void uuid(UUID value) {
    u64(value.getMostSignificantBits());
    u64(value.getLeastSignificantBits());
  }

  /** Seconds in 8 bytes, then nanoseconds. */
  @SuppressWarnings(
      "JavaInstantGetSecondsGetNano") // both parts are written, and put together again
  public void instant(Instant value) {
    u64(value.getEpochSecond());
    varint(value.getNano());
  }

  /** Length and {@link ExtentCodec}'s bytes. */
  void extents(ExtentList extents) {
    if (extents.size() > DIRECT_EXTENTS) {
      bytes(ExtentCodec.encode(extents));
      return;
    }
    ensure(2 + (int) ExtentCodec.maxBytes(extents.size()));
    // The length comes first and is known last; it takes a byte or two.
    int start = position + 1;
    int end = ExtentCodec.encode(extents, bytes, start);
    int length = end - start;
    if (length < 0x80) {
      bytes[position] = (byte) length;
    } else {
      System.arraycopy(bytes, start, bytes, start + 1, length);
      bytes[position] = (byte) (length | 0x80);
      bytes[start] = (byte) (length >>> 7);
      end++;
    }
    position = end;
  }

  /** Length and UTF-8; text that UTF-8 cannot carry is refused rather than changed. */
  public void text(String value) {
    int length = value.length();
    if (length < 0x80 && ascii(value, length)) {
      return;
    }
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
      varint(encoded.remaining());
      ensure(encoded.remaining());
      int count = encoded.remaining();
      encoded.get(bytes, position, count);
      position += count;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("not text: it has half of a surrogate pair", e);
    }
  }

  private boolean ascii(String value, int length) {
    ensure(length + 1);
    byte[] into = bytes;
    int at = position;
    into[at++] = (byte) length;
    int seen = 0;
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      seen |= c;
      into[at++] = (byte) c;
    }
    if (seen >= 0x80) {
      return false;
    }
    position = at;
    return true;
  }

  /** Leaves room for a 32-bit number that {@link #patch} fills in; answers where. */
  public int reserve32() {
    u32(0);
    return position - 4;
  }

  /** Fills in what {@link #reserve32} left room for. */
  public void patch(int at, int value) {
    INTS.set(bytes, at, value);
  }

  private void ensure(int more) {
    if (bytes.length - position < more) {
      long wanted = (long) position + more;
      if (wanted > MAX_BYTES) {
        throw new IllegalArgumentException(
            "a change of more than " + MAX_BYTES + " bytes; record it in parts");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_BYTES, Math.max(wanted, 2L * bytes.length)));
    }
  }
}
