package io.holdfast.cli;

/**
 * Makes text from files, devices and other people safe to print on a terminal.
 *
 * <p>Control characters (C0, DEL, C1), line and paragraph separators, bidirectional and other
 * invisible format characters, unusual spaces, unassigned and private characters and lone
 * surrogates are written as escapes such as {@code \u001b}, so that no text can move the cursor,
 * set a window's title, begin a line of its own or read differently from what it is. Letters of
 * every script stay. Stateless and thread-safe.
 */
final class SafeText {
  /** A cell of a table, a name or a path in a sentence. A name has at most 255 characters. */
  static final int FIELD_CHARS = 512;

  /** A line, and what a failure says is wrong or to be done. */
  static final int LINE_CHARS = 4096;

  private SafeText() {}

  /** One value among others: limited to {@link #FIELD_CHARS}, and without runs of spaces. */
  static String field(Object value) {
    String text = String.valueOf(value);
    if (text.length() <= FIELD_CHARS && isPlainField(text)) {
      return text; // Nearly all of them; tables have millions.
    }
    text = limit(text, FIELD_CHARS);
    return escape(text, true);
  }

  /** One line: limited to {@link #LINE_CHARS}. */
  static String line(String text) {
    return escape(limit(text, LINE_CHARS), false);
  }

  /** Cuts what is longer than {@code chars} UTF-16 units, and says how much is missing. */
  static String limit(String text, int chars) {
    if (text.length() <= chars) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(chars - 1)) ? chars - 1 : chars;
    return text.substring(0, end) + "… (%,d more characters)".formatted(text.length() - end);
  }

  /** Whether a value is printable ASCII, with single spaces inside. */
  private static boolean isPlainField(String text) {
    char previous = ' ';
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isPlain(c) || (c == ' ' && previous == ' ')) {
        return false;
      }
      previous = c;
    }
    return previous != ' ' || text.isEmpty();
  }

  private static String escape(String text, boolean singleSpaces) {
    if (plainChars(text) == text.length() && !(singleSpaces && hasOddSpaces(text))) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 16);
    int previous = ' ';
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      boolean oddSpace = c == ' ' && singleSpaces && (previous == ' ' || i == text.length());
      if (oddSpace || isUnsafe(c)) {
        appendEscaped(out, c);
      } else {
        out.appendCodePoint(c);
      }
      previous = c;
    }
    return out.toString();
  }

  /** How many characters at the beginning of a text are printable ASCII. */
  static int plainChars(String text) {
    int plain = 0;
    while (plain < text.length() && isPlain(text.charAt(plain))) {
      plain++;
    }
    return plain;
  }

  /** Whether a character is printable ASCII. */
  static boolean isPlain(char c) {
    return c >= ' ' && c < 0x7f;
  }

  /** Spaces at the ends or in a row, with which a value could be taken for several columns. */
  private static boolean hasOddSpaces(String text) {
    return text.startsWith(" ") || text.endsWith(" ") || text.contains("  ");
  }

  static void appendEscaped(StringBuilder out, int c) {
    out.append(c > 0xffff ? "\\u{%x}".formatted(c) : "\\u%04x".formatted(c));
  }

  /** Whether a character could do something else on a terminal than show itself. */
  static boolean isUnsafe(int c) {
    if (c < 0x7f) {
      return c < ' ';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          true;
      // Letters that are drawn as nothing.
      default -> c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 || c == 0x2800;
    };
  }

  /** How many columns of a terminal a text takes that is safe to print. */
  static int columns(String text) {
    return plainChars(text) == text.length()
        ? text.length()
        : text.codePoints().map(SafeText::columns).sum();
  }

  private static int columns(int c) {
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    boolean wide =
        (c >= 0x1100 && c <= 0x115f)
            || (c >= 0x2e80 && c <= 0xa4cf)
            || (c >= 0xac00 && c <= 0xd7a3)
            || (c >= 0xf900 && c <= 0xfaff)
            || (c >= 0xfe30 && c <= 0xfe6f)
            || (c >= 0xff00 && c <= 0xff60)
            || (c >= 0xffe0 && c <= 0xffe6)
            || (c >= 0x1f300 && c <= 0x1faff)
            || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
  }
}
