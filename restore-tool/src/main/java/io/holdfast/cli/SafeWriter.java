package io.holdfast.cli;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;

/**
 * The last thing before a stream: whatever is written, no character that {@link SafeText} calls
 * unsafe gets through but line feeds and, where they are allowed, the tool's own colours and
 * progress line. Not thread-safe.
 */
final class SafeWriter extends FilterWriter {
  /** What the tool itself sends to a terminal: colours, and the erasing of the progress line. */
  private static final String[] OWN_SEQUENCES = {
    "\u001b[0m",
    "\u001b[2m",
    "\u001b[31m",
    "\u001b[32m",
    "\u001b[33m",
    "\u001b[1m",
    "\u001b[4m",
    "\u001b[21m",
    "\u001b[22m",
    "\u001b[24m",
    "\u001b[36m",
    "\u001b[39m",
    "\u001b[3m",
    "\u001b[23m",
    Console.ERASE_LINE
  };

  private final boolean terminal;

  /**
   * A writer in front of {@code to}.
   *
   * @param terminal whether the tool's own sequences get through
   */
  SafeWriter(Writer to, boolean terminal) {
    super(to);
    this.terminal = terminal;
  }

  @Override
  public void write(int c) throws IOException {
    if (c == '\n' || SafeText.isPlain((char) c)) {
      super.write(c);
      return;
    }
    write(String.valueOf((char) c), 0, 1);
  }

  @Override
  public void write(char[] chars, int from, int length) throws IOException {
    if (isPlain(chars, from, length)) {
      super.write(chars, from, length);
    } else {
      write(new String(chars, from, length), 0, length);
    }
  }

  private static boolean isPlain(char[] chars, int from, int length) {
    int end = from + length;
    for (int i = from; i < end; i++) {
      char c = chars[i];
      if (!SafeText.isPlain(c) && c != '\n') {
        return false;
      }
    }
    return true;
  }

  @Override
  public void write(String text, int from, int length) throws IOException {
    String part = from == 0 && length == text.length() ? text : text.substring(from, from + length);
    String clean = clean(part, terminal, true);
    super.write(clean, 0, clean.length());
  }

  /**
   * A text without unsafe characters.
   *
   * @param ownSequences whether the tool's own colours stay
   * @param lineFeeds whether line feeds stay
   */
  static String clean(String text, boolean ownSequences, boolean lineFeeds) {
    int plain = SafeText.plainChars(text);
    if (plain == text.length()) {
      return text;
    }
    StringBuilder clean = null;
    for (int i = plain; i < text.length(); ) {
      int c = text.codePointAt(i);
      int next = i + Character.charCount(c);
      if (SafeText.isUnsafe(c) && !(c == '\n' && lineFeeds)) {
        if (clean == null) {
          clean = new StringBuilder(text.length() + 16).append(text, 0, i);
        }
        int own = ownSequences ? ownSequence(text, i) : 0;
        if (own > 0) {
          clean.append(text, i, i + own);
          next = i + own;
        } else {
          SafeText.appendEscaped(clean, c);
        }
      } else if (clean != null) {
        clean.appendCodePoint(c);
      }
      i = next;
    }
    return clean == null ? text : clean.toString();
  }

  private static int ownSequence(String text, int at) {
    for (String own : OWN_SEQUENCES) {
      if (text.startsWith(own, at)) {
        return own.length();
      }
    }
    return 0;
  }
}
