package io.holdfast.outage;

import java.util.Locale;
import java.util.OptionalDouble;

/** Figures as a person reads them. */
final class Text {
  private static final double NANOS_PER_MILLI = 1e6;

  private Text() {}

  /** Milliseconds with three digits that mean something. */
  static String millis(double millis) {
    String format = millis >= 100 ? "%,.0f ms" : millis >= 10 ? "%.1f ms" : "%.2f ms";
    return String.format(Locale.ROOT, format, millis);
  }

  /** Nanoseconds as milliseconds, or nothing. */
  static String nanos(OptionalDouble nanos) {
    return nanos.isPresent() ? millis(nanos.getAsDouble() / NANOS_PER_MILLI) : "";
  }

  /** One figure beside another. */
  static OptionalDouble ratio(OptionalDouble one, OptionalDouble other) {
    return one.isPresent() && other.isPresent() && other.getAsDouble() > 0
        ? OptionalDouble.of(one.getAsDouble() / other.getAsDouble())
        : OptionalDouble.empty();
  }

  static String times(OptionalDouble ratio) {
    return ratio.isPresent() ? String.format(Locale.ROOT, "%.2f ×", ratio.getAsDouble()) : "";
  }
}
