package io.holdfast.serializer;

import io.holdfast.model.ExtentList;
import java.util.Arrays;
import java.util.Objects;

/**
 * Physical extents as few bytes as their randomness allows: four for each random page within 256
 * GiB.
 *
 * <pre>
 *  0        unit shift, 0 to 62: addresses and lengths are counted in units of 2^shift bytes
 *  1        varint: how many extents, at least 1
 *  then for each extent
 *    head   bit 7     another byte follows
 *           bit 6     a length follows; otherwise the extent is as long as the one before it (the first: one unit)
 *           bits 5..0 the low bits of the gap
 *    …      bit 7     another byte follows
 *           bits 6..0 the next bits of the gap
 *    length varint, in units, at least 1; only where the head says so
 * </pre>
 *
 * <p>The gap leads from the end of the extent before (the first: from 0) to the start of this one,
 * in units, zigzag coded so that small steps down are small numbers as well. A varint has seven
 * bits a byte, lowest first, bit 7 set on all but the last. The list without extents is no bytes at
 * all.
 *
 * <p>Each list has exactly one encoding, and nothing else is accepted: the shift is the largest
 * that fits, varints have no useless bytes, extents that continue each other are one, a length is
 * only given where it changes. Every extent takes at least a byte, so decoding allocates at most 16
 * bytes for each byte it was given. Stateless and thread-safe.
 */
public final class ExtentCodec {
  private static final int MAX_SHIFT = 62;
  private static final int MORE = 0x80;
  private static final int LENGTH_FOLLOWS = 0x40;

  /** The most bytes one extent can take: ten of a gap and nine of a length. */
  private static final int MAX_EXTENT_BYTES = 19;

  private ExtentCodec() {}

  /**
   * The encoding of a list.
   *
   * @throws ManifestTooLargeException if it would be larger than a manifest may be
   */
  public static byte[] encode(ExtentList extents) {
    if (extents.size() == 0) {
      return new byte[0];
    }
    Encoder encoder = new Encoder(extents);
    encoder.begin(8 + MAX_EXTENT_BYTES + 4L * extents.size());
    while (encoder.encode()) {
      encoder.grow();
    }
    return Arrays.copyOf(encoder.bytes, encoder.at);
  }

  /** The most bytes that the encoding of a list of so many extents can take. */
  public static long maxBytes(int count) {
    return 8 + (long) MAX_EXTENT_BYTES * count;
  }

  /**
   * Writes the encoding of a list into an array that has room for {@link #maxBytes}.
   *
   * @param at where it begins
   * @return where it ends
   * @throws IndexOutOfBoundsException if there is no room
   */
  public static int encode(ExtentList extents, byte[] into, int at) {
    if (extents.size() == 0) {
      return at;
    }
    Objects.checkFromIndexSize(at, maxBytes(extents.size()), into.length);
    Encoder encoder = new Encoder(extents);
    encoder.begin(into, at);
    encoder.encode();
    return encoder.at;
  }

  /**
   * Reads the list that {@code length} bytes from {@code offset} on hold, no more and no less.
   *
   * @throws MalformedException if they are not what {@link #encode} makes; it names the byte,
   *     counted from {@code offset}
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public static ExtentList decode(byte[] bytes, int offset, int length) {
    return decode(bytes, offset, length, Integer.MAX_VALUE);
  }

  /** As {@link #decode(byte[], int, int)}, and refuses more than {@code most} extents. */
  public static ExtentList decode(byte[] bytes, int offset, int length, long most) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    return length == 0 ? ExtentList.EMPTY : new Decoder(bytes, offset, length).decode(most);
  }

  /** Writes one list, as much of it at a time as there is room for. */
  private static final class Encoder {
    private final ExtentList extents;
    private final int shift;
    private byte[] bytes;
    private int at;
    private int index;
    private long previousEnd;
    private long previousLength = 1;

    Encoder(ExtentList extents) {
      this.extents = extents;
      long bits = 0;
      for (int i = 0; i < extents.size(); i++) {
        bits |= extents.physicalAddress(i) | extents.lengthBytes(i);
      }
      shift = Long.numberOfTrailingZeros(bits);
    }

    void begin(long capacityBytes) {
      begin(new byte[(int) Math.min(capacityBytes, Manifest.MAX_BYTES)], 0);
    }

    void begin(byte[] into, int start) {
      bytes = into;
      bytes[start] = (byte) shift;
      at = Sink.putVarint(bytes, start + 1, extents.size());
    }

    void grow() {
      if (bytes.length >= Manifest.MAX_BYTES) {
        throw new ManifestTooLargeException("a list of extents", bytes.length);
      }
      bytes =
          Arrays.copyOf(
              bytes, (int) Math.min(bytes.length + 64L + bytes.length / 2, Manifest.MAX_BYTES));
    }

    /** Goes on until the end of the list, or of the array; answers whether anything is left. */
    boolean encode() {
      // Kept in locals, since a store into the array would make every field be read again.
      byte[] into = bytes;
      int place = at;
      long end = previousEnd;
      long usual = previousLength;
      int count = extents.size();
      int last = into.length - MAX_EXTENT_BYTES;
      int i = index;
      for (; i < count && place <= last; i++) {
        long first = extents.physicalAddress(i) >>> shift;
        long length = extents.lengthBytes(i) >>> shift;
        long gap = first - end;
        long rest = (gap << 1) ^ (gap >> 63);
        int head = (int) (rest & 0x3f) | (length == usual ? 0 : LENGTH_FOLLOWS);
        rest >>>= 6;
        if (rest == 0) {
          into[place++] = (byte) head;
        } else {
          into[place++] = (byte) (head | MORE);
          place = Sink.putVarint(into, place, rest);
        }
        if (length != usual) {
          place = Sink.putVarint(into, place, length);
          usual = length;
        }
        end = first + length;
      }
      at = place;
      index = i;
      previousEnd = end;
      previousLength = usual;
      return i < count;
    }
  }

  /** One pass over one list. */
  private static final class Decoder {
    private final byte[] bytes;
    private final int offset;
    private final int end;
    private int at;

    Decoder(byte[] bytes, int offset, int length) {
      this.bytes = bytes;
      this.offset = offset;
      this.end = offset + length;
      this.at = offset;
    }

    ExtentList decode(long most) {
      int shift = next();
      if (shift > MAX_SHIFT) {
        throw corrupt("the unit shift is " + shift + ", must be 0 to " + MAX_SHIFT);
      }
      long count = varint();
      if (count < 1 || count > end - at) {
        throw corrupt(count + " extents cannot be in " + (end - at) + " bytes");
      }
      if (count > most) {
        throw corrupt(count + " extents, of which only " + most + " are possible here");
      }
      long mostUnits = Long.MAX_VALUE >>> shift;
      ExtentList.Builder list = ExtentList.builder((int) count);
      long previousEnd = 0;
      long length = 1;
      long bits = 0;
      long total = 0;
      for (long i = 0; i < count; i++) {
        int head = next();
        long zigzag = gap(head);
        if (zigzag == 0 && i > 0) {
          throw corrupt("the extent continues the one before it");
        }
        long start = previousEnd + ((zigzag >>> 1) ^ -(zigzag & 1));
        if ((head & LENGTH_FOLLOWS) != 0) {
          long newLength = varint();
          if (newLength == length) {
            throw corrupt("a length is repeated that has not changed");
          }
          length = newLength;
        }
        if (start < 0 || start > mostUnits || length < 1 || length > mostUnits - start) {
          throw corrupt("the extent does not lie within 0 to 2^63-1");
        }
        total += length;
        if (total < 0 || total > mostUnits) {
          throw corrupt("the extents describe more than 2^63-1 bytes");
        }
        list.add(start << shift, length << shift);
        bits |= start | length;
        previousEnd = start + length;
      }
      if (at != end) {
        throw corrupt((end - at) + " bytes follow the last extent");
      }
      if ((bits & 1) == 0) {
        throw corrupt("the unit could be larger than 2^" + shift + " bytes");
      }
      return list.build();
    }

    private int next() {
      if (at == end) {
        throw corrupt("the bytes end within the list");
      }
      return bytes[at++] & 0xff;
    }

    private long gap(int head) {
      return (head & MORE) == 0 ? head & 0x3f : (head & 0x3f) | varint(6);
    }

    private long varint() {
      return varint(0);
    }

    /** A varint whose lowest bit has the weight 2^{@code firstBit}. */
    private long varint(int firstBit) {
      long value = 0;
      for (int bit = firstBit; ; bit += 7) {
        int octet = next();
        long part = octet & 0x7f;
        if (bit >= Long.SIZE || part << bit >>> bit != part) {
          throw corrupt("a number has more than 64 bits");
        }
        value |= part << bit;
        if ((octet & MORE) == 0) {
          if (part == 0 && bit > 0) {
            throw corrupt("a number has useless bytes");
          }
          return value;
        }
      }
    }

    private MalformedException corrupt(String what) {
      return new MalformedException("byte " + (at - offset) + " of the extents", what);
    }
  }
}
