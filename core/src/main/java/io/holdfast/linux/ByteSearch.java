package io.holdfast.linux;

import java.util.Arrays;

/**
 * Finds a text in bytes by Horspool's algorithm, which looks at a fraction of them: an unpacked
 * kernel has 60 MiB, and a JVM that was just started looks at each byte slowly. Immutable.
 */
final class ByteSearch {
  private final byte[] text;
  private final int[] shifts = new int[1 << Byte.SIZE];

  /** For a text of one byte or more. */
  ByteSearch(byte[] text) {
    if (text.length == 0) {
      throw new IllegalArgumentException("an empty text is everywhere");
    }
    this.text = text.clone();
    Arrays.fill(shifts, text.length);
    for (int i = 0; i < text.length - 1; i++) {
      shifts[Byte.toUnsignedInt(text[i])] = text.length - 1 - i;
    }
  }

  /** Where the text begins first at an offset or behind it; -1 if nowhere. */
  int find(byte[] bytes, int from) {
    int last = text.length - 1;
    int end = from + last;
    while (end < bytes.length) {
      byte at = bytes[end];
      if (at == text[last] && Arrays.equals(bytes, end - last, end, text, 0, last)) {
        return end - last;
      }
      end += shifts[Byte.toUnsignedInt(at)];
    }
    return -1;
  }
}
