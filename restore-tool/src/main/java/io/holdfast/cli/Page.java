package io.holdfast.cli;

import java.util.Arrays;

/**
 * Lines on their way to the console, collected so that millions of them cost little. Whoever writes
 * here has made what came from others safe ({@link SafeText#field}). Not thread-safe.
 */
final class Page implements AutoCloseable {
  private static final int FULL_CHARS = 1 << 14;
  private static final int NUMBER_CHARS = 32;
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final Console console;
  private char[] chars = new char[FULL_CHARS * 2];
  private int used;
  private int lineStart;

  Page(Console console) {
    this.console = console;
  }

  private void room(int more) {
    if (used + more > chars.length) {
      chars = Arrays.copyOf(chars, Math.max(used + more, chars.length * 2));
    }
  }

  Page text(String text) {
    int length = text.length();
    room(length);
    text.getChars(0, length, chars, used);
    used += length;
    return this;
  }

  Page spaces(int count) {
    room(count);
    Arrays.fill(chars, used, used + count, ' ');
    used += count;
    return this;
  }

  /** An address, as {@link Words#hex} has it. */
  Page hex(long address) {
    room(NUMBER_CHARS);
    chars[used++] = '0';
    chars[used++] = 'x';
    for (int shift = 4 * (hexDigits(address) - 1); shift >= 0; shift -= 4) {
      chars[used++] = HEX[(int) (address >>> shift) & 0xf];
    }
    return this;
  }

  static int hexWidth(long address) {
    return 2 + hexDigits(address);
  }

  private static int hexDigits(long value) {
    return 1 + (Long.SIZE - 1 - Long.numberOfLeadingZeros(value | 1)) / 4;
  }

  /** A number, as {@link Words#grouped} has it. */
  Page grouped(long amount) {
    if (amount < 0) {
      return text(Words.grouped(amount));
    }
    room(NUMBER_CHARS);
    int end = used + groupedWidth(amount);
    used = end;
    long left = amount;
    int digits = 0;
    do {
      if (digits > 0 && digits % 3 == 0) {
        chars[--end] = ',';
      }
      chars[--end] = (char) ('0' + left % 10);
      left /= 10;
      digits++;
    } while (left != 0);
    return this;
  }

  static int groupedWidth(long amount) {
    if (amount < 0) {
      return Words.grouped(amount).length();
    }
    int digits = 1;
    for (long left = amount; left >= 10; left /= 10) {
      digits++;
    }
    return digits + (digits - 1) / 3;
  }

  /** Ends the line, without the spaces at its end. */
  Page end() {
    while (used > lineStart && chars[used - 1] == ' ') {
      used--;
    }
    room(1);
    chars[used++] = '\n';
    lineStart = used;
    if (used >= FULL_CHARS) {
      close();
    }
    return this;
  }

  /** Hands over the lines that are complete to the console. */
  @Override
  public void close() {
    console.print(chars, lineStart);
    used = 0;
    lineStart = 0;
  }
}
