package io.holdfast.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/** Words for what people read: file errors, amounts, plurals. */
final class Words {
  private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};

  private Words() {}

  /** What an I/O exception means; the JDK's own messages are often the bare path. */
  static String of(IOException thrown) {
    return switch (thrown) {
      case NoSuchFileException missing -> "there is no " + missing.getFile();
      case AccessDeniedException denied -> denied.getFile() + " may not be accessed";
      case FileSystemException file when file.getReason() != null ->
          file.getFile() + ": " + file.getReason();
      default ->
          thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage();
    };
  }

  /**
   * An amount of memory without rounding, in the largest unit that divides it: {@code 64 MiB},
   * {@code 5000 bytes}.
   */
  static String bytes(long amount) {
    long value = amount;
    int unit = 0;
    while (unit < UNITS.length - 1 && value != 0 && value % 1024 == 0) {
      value /= 1024;
      unit++;
    }
    return unit == 0 && value == 1 ? "1 byte" : value + " " + UNITS[unit];
  }

  /** {@code 1 extent}, {@code 2 extents}, {@code 3 processes}. */
  static String count(long amount, String one) {
    String plural = one.endsWith("s") ? "es" : "s";
    return grouped(amount) + " " + one + (amount == 1 ? "" : plural);
  }

  /** {@code 1,234,567}, whatever the locale; tables have millions of these. */
  static String grouped(long amount) {
    String digits = Long.toString(amount);
    StringBuilder text = new StringBuilder(digits.length() + digits.length() / 3);
    for (int i = 0; i < digits.length(); i++) {
      boolean group = i > 0 && digits.charAt(i - 1) != '-' && (digits.length() - i) % 3 == 0;
      text.append(group ? "," : "").append(digits.charAt(i));
    }
    return text.toString();
  }

  /** A constant's name as words: {@code hand over}. */
  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** A constant's name for programs: {@code hand-over}. */
  static String id(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** An address: {@code 0x1000}. */
  static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }
}
