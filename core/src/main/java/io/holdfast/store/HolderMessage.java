package io.holdfast.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * One message between a client and the holder; one message of a SOCK_SEQPACKET socket, little
 * endian:
 *
 * <pre>
 *   0       4       6       8               12              16
 *   +-------+-------+-------+---------------+---------------+------------------
 *   | magic |version| verb  | number        | payload bytes | payload, to the end
 *   +-------+-------+-------+---------------+---------------+------------------
 *    "HFHD"  u16     u16     s32             s32             at most 1,024
 * </pre>
 *
 * <p>A client sends a request and waits for the one reply to it before it sends another. A request
 * carries a descriptor (SCM_RIGHTS) if it is a PUT, a reply if it is GIVEN or a PART that has one.
 * Immutable.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record HolderMessage(HolderVerb verb, int number, byte[] payload) {
  static final int VERSION = 1;
  static final int MAGIC = 'H' | 'F' << 8 | 'H' << 16 | 'D' << 24;
  static final int HEADER_BYTES = 16;
  static final int MAX_PAYLOAD_BYTES = 1024;
  static final int MAX_BYTES = HEADER_BYTES + MAX_PAYLOAD_BYTES;

  /** A message that is none of the protocol's; says why, and what to refuse it with. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;
    private final HolderRefusal refusal;

    Malformed(HolderRefusal refusal, String why) {
      super(why, null, false, false);
      this.refusal = refusal;
    }

    HolderRefusal refusal() {
      return refusal;
    }
  }

  static HolderMessage of(HolderVerb verb, int number) {
    return new HolderMessage(verb, number, new byte[0]);
  }

  static HolderMessage of(HolderVerb verb, int number, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_PAYLOAD_BYTES) {
      throw new IllegalArgumentException("a payload has at most " + MAX_PAYLOAD_BYTES + " bytes");
    }
    return new HolderMessage(verb, number, bytes);
  }

  static HolderMessage refused(HolderRefusal why, String inWords) {
    String cut = inWords.substring(0, Math.min(inWords.length(), MAX_PAYLOAD_BYTES / 4));
    return of(HolderVerb.REFUSED, why.code(), cut);
  }

  byte[] encode() {
    return ByteBuffer.allocate(HEADER_BYTES + payload.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(MAGIC)
        .putShort((short) VERSION)
        .putShort((short) verb.code())
        .putInt(number)
        .putInt(payload.length)
        .put(payload)
        .array();
  }

  static HolderMessage decode(byte[] bytes) throws Malformed {
    if (bytes.length < HEADER_BYTES || bytes.length > MAX_BYTES) {
      throw new Malformed(
          HolderRefusal.MALFORMED, "a message of " + bytes.length + " bytes is not the holder's");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (buffer.getInt() != MAGIC) {
      throw new Malformed(HolderRefusal.MALFORMED, "the message is not the holder's");
    }
    int version = Short.toUnsignedInt(buffer.getShort());
    if (version != VERSION) {
      throw new Malformed(
          HolderRefusal.OTHER_VERSION,
          "version %d of the protocol is not spoken here, %d is".formatted(version, VERSION));
    }
    int code = Short.toUnsignedInt(buffer.getShort());
    HolderVerb verb =
        HolderVerb.of(code)
            .orElseThrow(() -> new Malformed(HolderRefusal.MALFORMED, "there is no verb " + code));
    int number = buffer.getInt();
    int length = buffer.getInt();
    if (length != buffer.remaining()) {
      throw new Malformed(
          HolderRefusal.MALFORMED,
          "the payload has %d bytes, not %d".formatted(buffer.remaining(), length));
    }
    byte[] payload = new byte[length];
    buffer.get(payload);
    return new HolderMessage(verb, number, payload);
  }

  /** The payload as text. */
  String text() throws Malformed {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
    } catch (CharacterCodingException broken) {
      throw new Malformed(HolderRefusal.MALFORMED, "the payload is not UTF-8");
    }
  }
}
