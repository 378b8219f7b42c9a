package io.holdfast.sys;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Strings and bytes as a trace shows them: in C quotes, what is not printable escaped, what is long
 * cut.
 */
final class TraceText {
  private TraceText() {}

  /** Paths are worth reading whole; anything longer is not one. */
  private static final int CHARACTERS_SHOWN = 4096;

  private static final int BYTES_SHOWN = 32;

  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars()
        .limit(CHARACTERS_SHOWN)
        .forEach(c -> append(quoted, (char) c, c < ' ' || c == 0x7f));
    return quoted.append(text.length() > CHARACTERS_SHOWN ? "\"..." : "\"").toString();
  }

  /**
   * The first {@code length} bytes of a buffer; its address where there are none to show, as after
   * a failed read.
   */
  static String quoted(MemorySegment buffer, long length) {
    if (length < 0) {
      return "0x" + Long.toHexString(buffer.address());
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (long i = 0; i < Math.min(length, BYTES_SHOWN); i++) {
      int b = buffer.get(ValueLayout.JAVA_BYTE, i) & 0xff;
      append(quoted, (char) b, b < ' ' || b >= 0x7f);
    }
    return quoted.append(length > BYTES_SHOWN ? "\"..." : "\"").toString();
  }

  private static void append(StringBuilder quoted, char c, boolean escaped) {
    switch (c) {
      case '"' -> quoted.append("\\\"");
      case '\\' -> quoted.append("\\\\");
      case '\n' -> quoted.append("\\n");
      case '\t' -> quoted.append("\\t");
      default -> {
        if (escaped) {
          quoted
              .append("\\x")
              .append(Character.forDigit(c >> 4, 16))
              .append(Character.forDigit(c & 15, 16));
        } else {
          quoted.append(c);
        }
      }
    }
  }
}
