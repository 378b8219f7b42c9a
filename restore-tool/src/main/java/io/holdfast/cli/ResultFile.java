package io.holdfast.cli;

import io.holdfast.session.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How a restore or a verification ended, as {@code --json} has told it.
 *
 * @param verb {@code restore} or {@code verify}
 * @param session which session
 * @param exitCode how the verb ended
 * @param outcome the restore's outcome, such as {@code restored}; empty where it came to none
 * @param reason why, or what failed
 * @param sameExtents how many physical extents were found where they were
 * @param sameBytes how many bytes those have
 * @param finishedAt when it was over, where it tells
 * @param stages the times of its stages, in the order of the document
 * @param document all of it
 */
record ResultFile(
    String verb,
    String session,
    long exitCode,
    String outcome,
    String reason,
    long sameExtents,
    long sameBytes,
    Optional<Instant> finishedAt,
    List<StageTimes.Times> stages,
    Map<String, Object> document) {
  private static final List<String> VERBS = List.of("restore", "verify");

  /** Reads one; what is not one is refused. */
  static ResultFile read(Path path) throws IOException {
    Map<String, Object> document = JsonTree.read(path);
    try {
      return of(document);
    } catch (ClassCastException | IllegalArgumentException | DateTimeException e) {
      throw new VerbException(
          ExitCode.INPUT_REFUSED,
          path + " is not the result of a restore: " + e.getMessage(),
          "name a file with what holdfast restore --json or verify --json has printed");
    }
  }

  /**
   * The result in a document.
   *
   * @throws RuntimeException if it is none
   */
  static ResultFile of(Map<String, Object> document) {
    if (!Schema.NAME.equals(document.get("schema")) || !VERBS.contains(document.get("verb"))) {
      throw new IllegalArgumentException(
          "it is not %s of restore or verify, but %s of %s"
              .formatted(Schema.NAME, document.get("schema"), document.get("verb")));
    }
    Map<?, ?> error = map(document, "error");
    Map<?, ?> report = error.isEmpty() ? document : map(document, "report");
    return new ResultFile(
        text(document, "verb"),
        text(document, "session"),
        error.isEmpty() ? 0 : number(error, "exitCode"),
        text(report, "outcome"),
        error.isEmpty() ? text(report, "reason") : text(error, "problem"),
        number(report, "sameExtents"),
        number(report, "sameBytes"),
        Optional.of(text(report, "finishedAt")).filter(at -> !at.isEmpty()).map(Instant::parse),
        stages(report.get("stages")),
        document);
  }

  private static List<StageTimes.Times> stages(Object stages) {
    List<StageTimes.Times> times = new ArrayList<>();
    for (Object each : stages == null ? List.of() : (List<?>) stages) {
      Map<?, ?> stage = (Map<?, ?>) each;
      String id = text(stage, "stage");
      times.add(
          new StageTimes.Times(
              Arrays.stream(Stage.values())
                  .filter(known -> Words.id(known).equals(id))
                  .findFirst()
                  .orElseThrow(() -> new IllegalArgumentException("there is no stage " + id)),
              (int) Math.min(Integer.MAX_VALUE, number(stage, "items")),
              number(stage, "startMicros"),
              number(stage, "endMicros"),
              number(stage, "busyMicros")));
    }
    if (times.stream().map(StageTimes.Times::stage).distinct().count() < times.size()) {
      throw new IllegalArgumentException("a stage is there twice");
    }
    return List.copyOf(times);
  }

  private static Map<?, ?> map(Map<?, ?> in, String name) {
    return Objects.requireNonNullElse((Map<?, ?>) in.get(name), Map.of());
  }

  private static String text(Map<?, ?> in, String name) {
    return Objects.requireNonNullElse((String) in.get(name), "");
  }

  private static long number(Map<?, ?> in, String name) {
    Object number = in.get(name);
    long value = number == null ? 0 : (Long) number;
    if (value < 0) {
      throw new IllegalArgumentException(name + " is " + value);
    }
    return value;
  }
}
