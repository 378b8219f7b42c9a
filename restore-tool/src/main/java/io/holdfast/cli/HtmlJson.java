package io.holdfast.cli;

import java.io.IOException;
import java.io.Writer;

/**
 * JSON inside of an HTML page: what could end the element around it, or begin another, is escaped.
 * It stands inside of strings only. Not thread-safe.
 */
final class HtmlJson extends Writer {
  private final AsciiJson to;

  HtmlJson(Writer to) {
    this.to = new AsciiJson(to);
  }

  @Override
  public void write(char[] chars, int from, int length) throws IOException {
    int done = from;
    for (int i = from; i < from + length; i++) {
      String escape =
          switch (chars[i]) {
            case '<' -> "\\u003c";
            case '>' -> "\\u003e";
            case '&' -> "\\u0026";
            default -> null;
          };
      if (escape != null) {
        to.write(chars, done, i - done);
        to.write(escape);
        done = i + 1;
      }
    }
    to.write(chars, done, from + length - done);
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
