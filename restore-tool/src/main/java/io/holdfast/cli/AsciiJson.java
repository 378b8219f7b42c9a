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

  AsciiJson(Writer to) {
    this.to = to;
  }

  @Override
  public void write(char[] chars, int from, int length) throws IOException {
    int done = from;
    for (int i = from; i < from + length; i++) {
      if (chars[i] >= 0x7f) {
        to.write(chars, done, i - done);
        to.write("\\u" + HexFormat.of().toHexDigits(chars[i]));
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
