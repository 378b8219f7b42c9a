package io.holdfast.clitest;

import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Makes manifests in JSON that somebody else may have written: with a value, a name or a piece of
 * another kind than was there, and with bytes that are no text.
 */
final class HostileJson {
  private static final String[] VALUES = {
    "1e999999999",
    "1E-999999999",
    "-0",
    "-1",
    "18446744073709551616",
    "1" + "0".repeat(120),
    "0." + "1".repeat(500),
    "1.5",
    "null",
    "true",
    "{}",
    "[]",
    "[".repeat(300),
    "{\"a\":".repeat(300),
    "\"0x\"",
    "\"0xfffffffffffffffff\"",
    "\"0x1000+0\"",
    "\"0xfffffffffffff000+18446744073709551615\"",
    "\"\\u001b[2J\\u001b]0;owned\\u0007\"",
    "\"\\u009b31m\\u0085\\u202egnp.exe\"",
    "\"\\ud800\"",
    "\"a\\nnic9   9  recording\"",
    "\"" + "x".repeat(3000) + "\"",
    "\"9999-99-99T99:99:99Z\"",
    "\"+1000000000-12-31T23:59:59.999999999Z\"",
    "\"00000000-0000-0000-0000-00000000000g\"",
    "NaN",
    "//",
    "'x'"
  };

  private final Random random;
  private final String good;
  private final List<String> lines;

  HostileJson(SessionState session, long seed) {
    this.random = new Random(seed);
    this.good = Manifest.toJson(session);
    this.lines = good.lines().toList();
  }

  /** One more; never more than some kilobytes. */
  byte[] next() {
    StringBuilder text = new StringBuilder(good);
    for (int i = random.nextInt(3); i >= 0; i--) {
      change(text);
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    return random.nextInt(6) == 0 ? spoiled(bytes) : bytes;
  }

  private void change(StringBuilder text) {
    switch (random.nextInt(8)) {
      case 0 -> text.setLength(1 + random.nextInt(text.length()) / 2);
      case 1 -> text.insert(random.nextInt(text.length()), VALUES[random.nextInt(VALUES.length)]);
      case 2 -> rename(text);
      case 3 -> text.append(good);
      case 4 -> replace(text, String.join("\n", shuffled()));
      case 5 -> {
        int at = random.nextInt(text.length());
        text.delete(at, Math.min(text.length(), at + random.nextInt(40)));
      }
      default -> value(text);
    }
    if (text.isEmpty()) {
      text.append('{');
    }
  }

  /** Another value for a name. */
  private void value(StringBuilder text) {
    int colon = text.indexOf("\": ", random.nextInt(text.length()));
    if (colon >= 0) {
      int end = text.indexOf("\n", colon);
      String value = VALUES[random.nextInt(VALUES.length)];
      text.replace(colon + 3, end < 0 ? text.length() : end, value + ",");
    }
  }

  /** Another name for a value: that of a sibling, an unknown one, or an unprintable one. */
  private void rename(StringBuilder text) {
    int colon = text.indexOf("\": ", random.nextInt(text.length()));
    int quote = colon < 1 ? -1 : text.lastIndexOf("\"", colon - 1);
    if (quote >= 0) {
      String[] names = {"name", "ioases", "\\u001b[2J", "x".repeat(2000), "", "later", "\\ud800"};
      text.replace(quote + 1, colon, names[random.nextInt(names.length)]);
    }
  }

  /** The lines with two of them in each other's place. */
  private List<String> shuffled() {
    List<String> shuffled = new ArrayList<>(lines);
    int one = random.nextInt(lines.size());
    int other = random.nextInt(lines.size());
    shuffled.set(one, lines.get(other));
    shuffled.set(other, lines.get(one));
    return shuffled;
  }

  private static void replace(StringBuilder text, String by) {
    text.setLength(0);
    text.append(by);
  }

  /** With bytes in it that are no UTF-8, or a byte order mark. */
  private byte[] spoiled(byte[] bytes) {
    ByteArrayOutputStream spoiled = new ByteArrayOutputStream();
    byte[][] pieces = {{(byte) 0xff}, {(byte) 0xc0, (byte) 0x80}, {(byte) 0xed, (byte) 0xa0}, {0}};
    int at = 1 + random.nextInt(bytes.length);
    spoiled.write(bytes, 0, at);
    spoiled.writeBytes(pieces[random.nextInt(pieces.length)]);
    spoiled.write(bytes, at, bytes.length - at);
    return spoiled.toByteArray();
  }
}
