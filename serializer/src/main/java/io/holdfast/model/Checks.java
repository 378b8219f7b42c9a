package io.holdfast.model;

import java.nio.charset.StandardCharsets;

/** What the records of the model refuse, said in one voice. Stateless. */
final class Checks {
  /** The longest name of anything but the session, in bytes of UTF-8. */
  static final int MAX_NAME_BYTES = 255;

  private Checks() {}

  static <T> T notNull(String what, T value) {
    if (value == null) {
      throw new IllegalArgumentException(what + " is missing");
    }
    return value;
  }

  /**
   * A text of 1 to {@code maxBytes} bytes of UTF-8 that can be printed in a message without
   * disturbing it.
   */
  static String name(String what, String text, int maxBytes) {
    notNull(what, text);
    if (text.isEmpty()) {
      throw new IllegalArgumentException(what + " is empty");
    }
    if (text.length() > maxBytes || utf8Length(text) > maxBytes) {
      throw new IllegalArgumentException(what + " is longer than " + maxBytes + " bytes");
    }
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        throw new IllegalArgumentException(what + " holds a control character at index " + i);
      }
    }
    return wholeCharacters(what, text);
  }

  /** A text without half of a surrogate pair, which UTF-8 cannot say. */
  static String wholeCharacters(String what, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new IllegalArgumentException(what + " holds half a character at index " + i);
      }
    }
    return text;
  }

  static long atLeast(String what, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(what + " is " + value + ", must be at least " + least);
    }
    return value;
  }

  static long within(String what, long value, long greatest) {
    if (value < 0 || value > greatest) {
      throw new IllegalArgumentException(what + " is " + value + ", must be 0 to " + greatest);
    }
    return value;
  }

  private static int utf8Length(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return text.getBytes(StandardCharsets.UTF_8).length;
      }
    }
    return text.length();
  }
}
