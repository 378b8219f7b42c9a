package io.holdfast.serializer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;

/** Takes manifests apart and puts them together again without the code under test that does so. */
final class Bodies {
  private static final CBORFactory CBOR = new CBORFactory();

  private Bodies() {}

  /** What is inside the envelope. */
  static byte[] bodyOf(byte[] envelope) {
    return Arrays.copyOfRange(envelope, 24, envelope.length - 32);
  }

  /** An envelope of version 1.0 around any body, with the right checksum. */
  static byte[] seal(byte[] body) {
    return seal(1, 0, 0, body);
  }

  /** An envelope around any body, with the right checksum. */
  static byte[] seal(int major, int minor, int flags, byte[] body) {
    ByteBuffer envelope = ByteBuffer.allocate(24 + body.length + 32);
    envelope.put(new byte[] {(byte) 0x89, 'H', 'F', 'M', 13, 10, 26, 10});
    envelope.putShort((short) major).putShort((short) minor).putInt(flags);
    envelope.putLong(body.length).put(body);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(envelope.array(), 0, envelope.position());
      envelope.put(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
    return envelope.array();
  }

  /** A body as maps, lists and values. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> treeOf(byte[] envelope) {
    try (JsonParser parser = CBOR.createParser(bodyOf(envelope))) {
      TreeReader in = new TreeReader(parser, false, 0, Limits.of(1 << 30));
      in.start();
      return (Map<String, Object>) Trees.read(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An envelope around a body of maps, lists and values. */
  static byte[] seal(Object tree) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (JsonGenerator out = CBOR.createGenerator(body)) {
      Trees.write(out, tree, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return seal(body.toByteArray());
  }
}
