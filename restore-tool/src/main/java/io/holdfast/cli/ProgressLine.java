package io.holdfast.cli;

import io.holdfast.session.Stage;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the line of progress says: a bar, how much of a stage is done, and, once that can be told,
 * how fast it goes and how long it will take. Not thread-safe.
 */
final class ProgressLine {
  private static final int BAR = 20;

  /** What a terminal of 80 columns shows without a break. */
  private static final int WIDTH = 79;

  /** Before that a rate is mostly chance. */
  private static final long EARLIEST_RATE_NANOS = 500_000_000;

  private static final double NANOS_PER_SECOND = 1e9;

  /** When each stage had its first item done. */
  private final Map<Stage, Long> began = new EnumMap<>(Stage.class);

  /** A stage has its first item done, perhaps once more. */
  void begin(Stage stage, long nowNanos) {
    began.put(stage, nowNanos);
  }

  /**
   * The line after an item.
   *
   * @param done how many items of the stage are done, at least 1
   * @param total how many it has
   */
  String after(Stage stage, String item, int done, int total, long nowNanos) {
    int filled = (int) ((long) BAR * done / Math.max(total, 1));
    StringBuilder line = new StringBuilder(WIDTH);
    line.append(Words.of(stage))
        .append(" [")
        .repeat('#', filled)
        .repeat('.', BAR - filled)
        .append("] ")
        .append(Words.grouped(done))
        .append('/')
        .append(Words.grouped(total));
    long nanos = nowNanos - began.getOrDefault(stage, nowNanos);
    if (nanos >= EARLIEST_RATE_NANOS) {
      double perSecond = (done - 1) * NANOS_PER_SECOND / nanos;
      line.append("  ").append(Words.grouped(Math.round(perSecond))).append("/s");
      if (done < total && done > 1) {
        line.append("  ").append(left((total - done) / perSecond)).append(" left");
      }
    }
    line.append("  ").append(SafeText.field(item));
    return line.length() <= WIDTH ? line.toString() : line.substring(0, WIDTH - 1) + "…";
  }

  private static String left(double seconds) {
    long whole = (long) Math.ceil(seconds);
    return whole < 100 ? whole + " s" : Words.grouped((whole + 59) / 60) + " min";
  }
}
