package io.holdfast.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a rollout has told of one host, in a document of its own; see docs/fleet.md.
 *
 * @param name the host, as the rollout calls it
 * @param status what was done with it
 * @param reason why
 * @param audit what the audit said; empty where there was none
 * @param results how restores by the tool ended
 * @param document all of it
 */
record FleetHost(
    String name,
    Status status,
    String reason,
    Optional<AuditResult> audit,
    List<ResultFile> results,
    Map<String, Object> document) {
  static final String SCHEMA = "holdfast-fleet/1";
  private static final String JSON = ".json";
  private static final int MAX_HOSTS = 100_000;

  /** What a rollout did with a host; in this order on the page. */
  enum Status {
    /** The rollout stopped there. */
    STOPPED,
    /** Its kernel was replaced, and what its drivers had is lost, as was allowed. */
    LOSS,
    /** Left out, since it cannot keep its memory. */
    SKIPPED,
    /** Its kernel was replaced, and everything is where it was. */
    UPDATED,
    /** It had this kernel already. */
    CURRENT,
    /** The rollout did not get there. */
    UNTOUCHED
  }

  /** What the audit said of each session. */
  List<AuditResult.Session> sessions() {
    return audit.map(AuditResult::sessions).orElse(List.of());
  }

  /** Reads every host's document in a directory, in the order of their names. */
  static List<FleetHost> readAll(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(directory)) {
      files =
          found
              .filter(each -> each.toString().endsWith(JSON))
              .limit(MAX_HOSTS + 1L)
              .sorted()
              .toList();
    }
    if (files.isEmpty() || files.size() > MAX_HOSTS) {
      throw refused(
          directory.toString(),
          files.isEmpty() ? "no host's document is in it" : "it has more than " + MAX_HOSTS);
    }
    List<FleetHost> hosts = new ArrayList<>();
    for (Path each : files) {
      hosts.add(read(each));
    }
    return List.copyOf(hosts);
  }

  private static FleetHost read(Path file) throws IOException {
    Map<String, Object> document = JsonTree.read(file);
    try {
      if (!SCHEMA.equals(document.get("schema"))) {
        throw new IllegalArgumentException("its schema is " + document.get("schema"));
      }
      return of(document);
    } catch (ClassCastException
        | NullPointerException
        | IllegalArgumentException
        | DateTimeException e) {
      throw refused(file.toString(), "it is no document of a host: " + e.getMessage());
    }
  }

  private static VerbException refused(String what, String why) {
    return new VerbException(
        ExitCode.INPUT_REFUSED,
        what + " is refused: " + why,
        "name the directory with the documents of a rollout's hosts (docs/fleet.md)");
  }

  private static FleetHost of(Map<String, Object> document) {
    Map<?, ?> audit = map(document, "audit");
    return new FleetHost(
        text(document, "host"),
        status(text(document, "status")),
        text(document, "reason"),
        audit.isEmpty() ? Optional.empty() : Optional.of(AuditResult.of(audit)),
        list(document, "results").stream().map(FleetHost::result).toList(),
        document);
  }

  private static Status status(String id) {
    return Stream.of(Status.values())
        .filter(each -> Words.id(each).equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no status " + id));
  }

  @SuppressWarnings("unchecked") // a tree of JSON has only texts for keys
  private static ResultFile result(Object result) {
    return ResultFile.of((Map<String, Object>) result);
  }

  private static Map<?, ?> map(Map<?, ?> in, String name) {
    return Objects.requireNonNullElse((Map<?, ?>) in.get(name), Map.of());
  }

  private static List<?> list(Map<?, ?> in, String name) {
    return Objects.requireNonNullElse((List<?>) in.get(name), List.of());
  }

  private static String text(Map<?, ?> in, String name) {
    return Objects.requireNonNullElse((String) in.get(name), "");
  }
}
