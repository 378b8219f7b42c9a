package io.holdfast.uapi;

import java.lang.reflect.Field;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * A family of constants of a header, by which a number is written in names: single values, or bits
 * that are combined.
 *
 * <p>The values are looked up in the class that mirrors the header, so that a name exists once.
 * Immutable.
 */
final class Constants {
  private final Map<String, Long> values = new LinkedHashMap<>();
  private final long fieldMask;
  private final boolean bits;

  private Constants(boolean bits, long fieldMask, Class<?> header, String... names) {
    this.bits = bits;
    this.fieldMask = fieldMask;
    for (String name : names) {
      values.put(name, valueOf(header, name));
    }
  }

  /** Constants of which a number is exactly one. */
  static Constants values(Class<?> header, String... names) {
    return new Constants(false, -1, header, names);
  }

  /** Single-bit constants that are combined with OR. */
  static Constants bits(Class<?> header, String... names) {
    return new Constants(true, 0, header, names);
  }

  /**
   * As {@link #bits}, where the bits of {@code fieldMask} are not flags but a value among the
   * constants, 0 included.
   */
  static Constants bitsAndField(long fieldMask, Class<?> header, String... names) {
    return new Constants(true, fieldMask, header, names);
  }

  private static long valueOf(Class<?> header, String name) {
    try {
      Field field = header.getField(name);
      return field.getType() == long.class ? field.getLong(null) : field.getInt(null);
    } catch (ReflectiveOperationException missing) {
      throw new IllegalArgumentException(
          "no constant " + name + " in " + header.getSimpleName(), missing);
    }
  }

  /** The number in names; what has no name is written in hexadecimal, and nothing at all as 0. */
  String text(long number) {
    return bits ? combined(number) : single(number);
  }

  private String single(long number) {
    for (Map.Entry<String, Long> entry : values.entrySet()) {
      if (entry.getValue() == number) {
        return entry.getKey();
      }
    }
    return number < 0 ? Long.toString(number) : "0x" + Long.toHexString(number);
  }

  private String combined(long number) {
    StringJoiner names = new StringJoiner("|");
    long left = number;
    if (fieldMask != 0) {
      names.add(single(number & fieldMask));
      left &= ~fieldMask;
    }
    for (Map.Entry<String, Long> entry : values.entrySet()) {
      long value = entry.getValue();
      if ((value & fieldMask) == 0 && value != 0 && (left & value) == value) {
        names.add(entry.getKey());
        left &= ~value;
      }
    }
    if (left != 0) {
      names.add("0x" + Long.toHexString(left));
    }
    return names.length() == 0 ? "0" : names.toString();
  }
}
