package io.holdfast.clitest;

import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Random;

/**
 * Makes manifests that somebody else may have made: damaged ones, and ones whose checksum is right
 * although what they say is not.
 */
final class HostileManifests {
  private static final int HEADER_BYTES = 24;
  private static final int DIGEST_BYTES = 32;
  private static final int LENGTH_AT = 16;

  /** Heads of CBOR items that promise far more than follows, and items that a manifest has not. */
  private static final byte[][] HEADS = {
    {(byte) 0x9b, 0x7f, -1, -1, -1, -1, -1, -1, -1}, // an array of 2^63 - 1
    {(byte) 0xbb, 0, 0, 0, 0, 0x7f, -1, -1, -1}, // a map of 2^31 - 1
    {(byte) 0x5b, 0, 0, 0, 0, 0x7f, -1, -1, -1}, // 2^31 - 1 bytes
    {(byte) 0x7b, 0, 0, 0, 0, 0x7f, -1, -1, -1}, // a text of 2^31 - 1
    {0x1b, -1, -1, -1, -1, -1, -1, -1, -1}, // 2^64 - 1
    {0x3b, -1, -1, -1, -1, -1, -1, -1, -1}, // -2^64
    {(byte) 0xc2, 0x58, 0x40}, // a big integer
    {(byte) 0xf9, 0x7c, 0}, // infinity
    {(byte) 0x9f}, // an array without end
    {(byte) 0xbf}, // a map without end
    {(byte) 0xff}, // an end without a beginning
    {(byte) 0xf6} // null
  };

  private static final String[] TEXTS = {
    "\u001b[2J\u001b]0;owned\u0007",
    "a\nnic9        9  recording",
    "\u202egnp.exe\u2066",
    "\u009b31m\u0085",
    "../../etc/passwd",
    "%s%n${sys:user.home}",
    "x".repeat(300),
    ""
  };

  private final Random random;
  private final byte[] good;
  private final String json;

  HostileManifests(SessionState session, long seed) {
    this.random = new Random(seed);
    this.good = Manifest.encode(session);
    this.json = Manifest.toJson(session);
  }

  /** One more; never more than some kilobytes. */
  byte[] next() {
    return switch (random.nextInt(6)) {
      case 0 -> damaged();
      case 1 -> sealed(spliced(body()));
      case 2 -> sealed(renamed(body()));
      case 3 -> sealed(randomBody());
      case 4 -> json();
      default -> sealed(flipped(body(), 1 + random.nextInt(4)));
    };
  }

  private byte[] body() {
    return Arrays.copyOfRange(good, HEADER_BYTES, good.length - DIGEST_BYTES);
  }

  /** Without a right checksum: cut, prolonged, or with wrong bytes anywhere. */
  private byte[] damaged() {
    return switch (random.nextInt(3)) {
      case 0 -> Arrays.copyOf(good, random.nextInt(good.length));
      case 1 -> Arrays.copyOf(good, good.length + 1 + random.nextInt(5000));
      default -> flipped(good, 1 + random.nextInt(8));
    };
  }

  private byte[] flipped(byte[] bytes, int times) {
    byte[] flipped = bytes.clone();
    for (int i = 0; i < times; i++) {
      flipped[random.nextInt(flipped.length)] = (byte) random.nextInt(256);
    }
    return flipped;
  }

  /** With a piece taken out and another put in. */
  private byte[] spliced(byte[] body) {
    byte[] head = HEADS[random.nextInt(HEADS.length)];
    int at = random.nextInt(body.length);
    int skip = Math.min(body.length - at, random.nextInt(12));
    ByteBuffer spliced = ByteBuffer.allocate(body.length - skip + head.length);
    spliced.put(body, 0, at).put(head).put(body, at + skip, body.length - at - skip);
    return spliced.array();
  }

  /** With a text in place of another that is somewhere in it. */
  private byte[] renamed(byte[] body) {
    String[] names = {"nic0", "tx-ring", "rings", "log"};
    byte[] name = names[random.nextInt(names.length)].getBytes(StandardCharsets.UTF_8);
    byte[] text = TEXTS[random.nextInt(TEXTS.length)].getBytes(StandardCharsets.UTF_8);
    for (int at = 1; at + name.length <= body.length; at++) {
      if (body[at - 1] == 0x60 + name.length
          && Arrays.equals(body, at, at + name.length, name, 0, name.length)) {
        ByteBuffer renamed = ByteBuffer.allocate(body.length + text.length + 3 - name.length - 1);
        renamed.put(body, 0, at - 1).put((byte) 0x79).putShort((short) text.length).put(text);
        renamed.put(body, at + name.length, body.length - at - name.length);
        return renamed.array();
      }
    }
    return body;
  }

  private byte[] randomBody() {
    byte[] body = new byte[random.nextInt(2000)];
    random.nextBytes(body);
    return body;
  }

  /** As JSON, with a value in place of another. */
  private byte[] json() {
    String[] values = {
      "1e999999999",
      "-1",
      "99999999999999999999999",
      "null",
      "{}",
      "[[[[[[[[",
      "\"\u009b\\u001b[2J\"",
      "\"0x\"",
      "true",
      "\"\\ud800\"",
      "0." + "1".repeat(500)
    };
    int colon = json.indexOf(": ", random.nextInt(json.length() - 10));
    if (colon < 0) {
      return json.substring(0, random.nextInt(json.length())).getBytes(StandardCharsets.UTF_8);
    }
    int end = Math.max(json.indexOf('\n', colon), colon + 2);
    String value = values[random.nextInt(values.length)];
    return (json.substring(0, colon + 2) + value + "," + json.substring(end))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** In an envelope that fits. */
  static byte[] sealed(byte[] body) {
    ByteBuffer envelope = ByteBuffer.allocate(HEADER_BYTES + body.length + DIGEST_BYTES);
    envelope.put(new byte[] {(byte) 0x89, 'H', 'F', 'M', '\r', '\n', 0x1a, '\n'});
    envelope.putShort((short) 1).putShort((short) 0).putInt(0);
    envelope.putLong(LENGTH_AT, body.length).position(HEADER_BYTES).put(body);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(envelope.array(), 0, HEADER_BYTES + body.length);
      return envelope.put(digest.digest()).array();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
