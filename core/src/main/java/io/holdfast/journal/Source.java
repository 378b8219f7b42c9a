package io.holdfast.journal;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads what {@link Sink} wrote; every length is checked before anything is allocated. Not
 * thread-safe.
 */
final class Source {
  /** The bytes are not what a sink writes. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }

    MalformedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private final byte[] bytes;
  private final int end;
  private int at;

  Source(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  byte[] array() {
    return bytes;
  }

  int position() {
    return at;
  }

  int remaining() {
    return end - at;
  }

  boolean isAtEnd() {
    return at == end;
  }

  /** The next {@code length} bytes as a source of their own. */
  Source part(int length) throws MalformedException {
    need(length);
    at += length;
    return new Source(bytes, at - length, at);
  }

  int u8() throws MalformedException {
    need(1);
    return bytes[at++] & 0xff;
  }

  int u16() throws MalformedException {
    return u8() | u8() << 8;
  }

  int u32() throws MalformedException {
    need(4);
    at += 4;
    return (int) Frame.INTS.get(bytes, at - 4);
  }

  long u64() throws MalformedException {
    need(8);
    at += 8;
    return (long) Frame.LONGS.get(bytes, at - 8);
  }

  long varint() throws MalformedException {
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
  int count(int bytesEach) throws MalformedException {
    long value = varint();
    if (value < 0 || value > (end - at) / bytesEach) {
      throw new MalformedException(
          "a count of " + Long.toUnsignedString(value) + " with " + (end - at) + " bytes left");
    }
    return (int) value;
  }

  byte[] bytes() throws MalformedException {
    int length = count(1);
    byte[] value = new byte[length];
    System.arraycopy(bytes, at, value, 0, length);
    at += length;
    return value;
  }

  String text() throws MalformedException {
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

  private boolean isAscii(int from, int to) {
    int bits = 0;
    for (int i = from; i < to; i++) {
      bits |= bytes[i];
    }
    return bits >= 0;
  }

  private void need(int length) throws MalformedException {
    if (length < 0 || length > end - at) {
      throw new MalformedException("ends early");
    }
  }
}
