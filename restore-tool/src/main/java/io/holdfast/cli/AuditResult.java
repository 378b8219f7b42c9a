package io.holdfast.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What {@code audit --json} has told.
 *
 * @param kernelBefore the release that ran before; empty where nothing was compared
 * @param kernel the release that runs
 * @param at when it was told
 * @param verdict such as {@code kept}
 * @param isGood whether that is a good one
 * @param sessions each session
 */
record AuditResult(
    String kernelBefore,
    String kernel,
    Instant at,
    String verdict,
    boolean isGood,
    List<Session> sessions) {
  /** What it told of one session. */
  record Session(
      String name,
      long extents,
      long same,
      long moved,
      long lost,
      Optional<Long> outageMillis,
      String verdict,
      String reason) {}

  /** Reads one; what is not one is refused. */
  static AuditResult read(Path path) throws IOException {
    try {
      return of(JsonTree.read(path));
    } catch (ClassCastException
        | NullPointerException
        | IllegalArgumentException
        | DateTimeException e) {
      throw new VerbException(
          ExitCode.INPUT_REFUSED,
          path + " is not the result of an audit: " + e.getMessage(),
          "name a file with what holdfast audit --json has printed");
    }
  }

  /**
   * The result in a document.
   *
   * @throws RuntimeException if it is none
   */
  static AuditResult of(Map<?, ?> document) {
    if (!Schema.NAME.equals(document.get("schema")) || !"audit".equals(document.get("verb"))) {
      throw new IllegalArgumentException(
          "it is not %s of audit, but %s of %s"
              .formatted(Schema.NAME, document.get("schema"), document.get("verb")));
    }
    Map<?, ?> before = (Map<?, ?>) document.get("before");
    String id = text(document, "verdict");
    AuditVerdict verdict =
        List.of(AuditVerdict.values()).stream()
            .filter(each -> Words.id(each).equals(id))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("there is no verdict " + id));
    return new AuditResult(
        before == null ? "" : text(before, "kernel"),
        text(document, "kernel"),
        Instant.parse(text(document, "at")),
        id,
        verdict.exitCode() == ExitCode.OK,
        ((List<?>) document.get("sessions"))
            .stream().map(each -> session((Map<?, ?>) each)).toList());
  }

  private static Session session(Map<?, ?> session) {
    return new Session(
        text(session, "name"),
        number(session, "extents"),
        number(session, "sameExtents"),
        number(session, "movedExtents"),
        number(session, "lostExtents"),
        Optional.ofNullable((Long) session.get("outageMillis")),
        text(session, "verdict"),
        text(session, "reason"));
  }

  private static String text(Map<?, ?> in, String name) {
    return Objects.requireNonNull((String) in.get(name), name);
  }

  private static long number(Map<?, ?> in, String name) {
    long number = Objects.requireNonNull((Long) in.get(name), name);
    if (number < 0) {
      throw new IllegalArgumentException(name + " is " + number);
    }
    return number;
  }
}
