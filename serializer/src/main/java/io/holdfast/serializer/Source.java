package io.holdfast.serializer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;

/**
 * Reads what {@link Sink} wrote; every length is checked before anything is allocated. What a sink
 * would not have written fails with {@link MalformedException}. Not thread-safe.
 */
public final class Source {
  private final byte[] bytes;
  private final int end;
  private int at;

  /** The bytes of an array from {@code start} up to, not including, {@code end}. */
  public Source(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** The array it reads from. */
  public byte[] array() {
    return bytes;
  }

  /** Where in the array it is. */
  public int position() {
    return at;
  }

  /** How many bytes are left. */
  public int remaining() {
    return end - at;
  }

  /** Whether nothing is left. */
  public boolean isAtEnd() {
    return at == end;
  }

  /** The next {@code length} bytes as a source of their own. */
  public Source part(int length) {
    need(length);
    at += length;
    return new Source(bytes, at - length, at);
  }

  /** One byte. */
  public int u8() {
    need(1);
    return bytes[at++] & 0xff;
  }

  /** Two bytes. */
  public int u16() {
    return u8() | u8() << 8;
  }

  /** Four bytes. */
  public int u32() {
    need(4);
    at += 4;
    return (int) Sink.INTS.get(bytes, at - 4);
  }

  /** Eight bytes. */
  public long u64() {
    need(8);
    at += 8;
    return (long) Sink.LONGS.get(bytes, at - 8);
  }

  /** Seven bits a byte, lowest first. */
  public long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = u8();
      if (shift == 63 && next > 1) {
        break;
      }
      value |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new MalformedException("a number of more than 64 bits");
  }

  /** A varint that counts things of at least {@code bytesEach} bytes that follow. */
  public int count(int bytesEach) {
    long value = varint();
    if (value < 0 || value > (end - at) / bytesEach) {
      throw new MalformedException(
          "a count of " + Long.toUnsignedString(value) + " with " + (end - at) + " bytes left");
    }
    return (int) value;
  }

  /** Length and bytes. */
  public byte[] bytes() {
    int length = count(1);
    byte[] value = new byte[length];
    System.arraycopy(bytes, at, value, 0, length);
    at += length;
    return value;
  }

  /** Length and UTF-8. */
  public String text() {
    int length = count(1);
    at += length;
    if (isAscii(at - length, at)) {
      return new String(bytes, at - length, length, StandardCharsets.ISO_8859_1);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, at - length, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("text that is not UTF-8", e);
    }
  }

  /** Two 8-byte numbers, the high half first. */
  public UUID uuid() {
    return new UUID(u64(), u64());
  }

  /** Seconds in 8 bytes, then nanoseconds. */
  public Instant instant() {
    long seconds = u64();
    long nanos = varint();
    if (nanos < 0 || nanos > 999_999_999) {
      throw new MalformedException("a time has 0 to 999999999 nanoseconds");
    }
    try {
      return Instant.ofEpochSecond(seconds, nanos);
    } catch (DateTimeException e) {
      throw new MalformedException("a time that is out of range", e);
    }
  }

  private boolean isAscii(int from, int to) {
    int bits = 0;
    for (int i = from; i < to; i++) {
      bits |= bytes[i];
    }
    return bits >= 0;
  }

  private void need(int length) {
    if (length < 0 || length > end - at) {
      throw new MalformedException("ends early");
    }
  }
}
