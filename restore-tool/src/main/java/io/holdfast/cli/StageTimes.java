package io.holdfast.cli;

import io.holdfast.session.Stage;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long each stage of a restore took. Not thread-safe.
 *
 * <p>Retrieving, mapping and verifying alternate buffer by buffer, so a stage has a beginning, an
 * end, and the time within them that was its own.
 */
final class StageTimes {
  private static final long NANOS_PER_MICRO = 1000;

  private final Map<Stage, Span> spans = new EnumMap<>(Stage.class);
  private final long beganNanos;
  private long lastNanos;

  StageTimes(long nowNanos) {
    beganNanos = nowNanos;
    lastNanos = nowNanos;
  }

  /** A stage's times in nanoseconds since the restore began. */
  private record Span(int items, long start, long end, long busy) {}

  /**
   * One more item of a stage is done.
   *
   * @param done how many of the stage's items are done; where it is 1 for the second time, the
   *     restore has begun again, and with it its times
   */
  void onProgress(Stage stage, int done, long nowNanos) {
    if (done == 1 && spans.containsKey(stage)) {
      spans.clear();
    }
    long start = lastNanos - beganNanos;
    long end = nowNanos - beganNanos;
    Span before = spans.getOrDefault(stage, new Span(0, start, end, 0));
    spans.put(
        stage,
        new Span(before.items() + 1, before.start(), end, before.busy() + (nowNanos - lastNanos)));
    lastNanos = nowNanos;
  }

  /** The restore is over now. */
  Result finished(Instant at) {
    return new Result(
        at,
        spans.entrySet().stream()
            .map(each -> {
              Span span = each.getValue();
              return new Times(
                  each.getKey(),
                  span.items(),
                  span.start() / NANOS_PER_MICRO,
                  span.end() / NANOS_PER_MICRO,
                  span.busy() / NANOS_PER_MICRO);
            })
            .toList());
  }

  /**
   * When a restore was over, and the times of its stages in their order.
   *
   * @param finishedAt when it was over
   * @param stages those that did something
   */
  record Result(Instant finishedAt, List<Times> stages) {}

  /**
   * A stage's times.
   *
   * @param stage which
   * @param items how many items it had
   * @param startMicros when it began, since the restore did
   * @param endMicros when it ended
   * @param busyMicros how much of the time between was its own
   */
  record Times(Stage stage, int items, long startMicros, long endMicros, long busyMicros) {
    Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("stage", Words.id(stage));
      document.put("items", items);
      document.put("startMicros", startMicros);
      document.put("endMicros", endMicros);
      document.put("busyMicros", busyMicros);
      return document;
    }
  }
}
