package io.holdfast.model;

/** What the records of the model refuse, said in one voice. Stateless. */
final class Checks {
  private Checks() {}

  static <T> T notNull(String what, T value) {
    if (value == null) {
      throw new IllegalArgumentException(what + " is missing");
    }
    return value;
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
}
