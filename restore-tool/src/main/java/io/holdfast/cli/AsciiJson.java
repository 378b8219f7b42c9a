package io.holdfast.cli;

import java.io.IOException;
import java.io.Writer;
import java.util.HexFormat;

/**
 * JSON in ASCII: what is not is escaped, wherever it came from, so that neither a terminal nor a
 * locale can make something else of it. It stands inside of strings only. Not thread-safe.
 */
final class AsciiJson extends Writer {
  private final Writer to;

  private final boolean inHtml;

  AsciiJson(Writer to) {
    this(to, false);
  }

  private AsciiJson(Writer to, boolean inHtml) {
    this.to = to;
    this.inHtml = inHtml;
  }

  /**
   * As it may stand inside of an HTML element: what could end that, or begin another, is escaped.
   */
  static AsciiJson inHtml(Writer to) {
    return new AsciiJson(to, true);
  }

  @Override
  public void write(char[] chars, int from, int length) throws IOException {
    int done = from;
    for (int i = from; i < from + length; i++) {
      if (chars[i] >= 0x7f || (inHtml && isMarkup(chars[i]))) {
        to.write(chars, done, i - done);
        to.write("\\u" + HexFormat.of().toHexDigits(chars[i]));
        done = i + 1;
      }
    }
    to.write(chars, done, from + length - done);
  }

  private static boolean isMarkup(char each) {
    return each == '<' || each == '>' || each == '&';
  }

  @Override
  public void flush() throws IOException {
    to.flush();
  }

  @Override
  public void close() {
    // What it writes to is its owner's.
  }
}
