package io.holdfast.cli;

import static io.holdfast.cli.Table.coloured;
import static io.holdfast.cli.Table.right;

import io.holdfast.cli.Console.Colour;
import io.holdfast.session.PinDelays;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.BufferResult;
import io.holdfast.session.RestoreReport.DeviceResult;
import io.holdfast.session.RestoreReport.Verdict;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What became of each device and buffer of a session.
 *
 * @param done what was done with it, in a word: {@code verified} or {@code restored}
 * @param session its name
 * @param report what was found
 * @param times when it was over, and what its stages took
 * @param afterwards what was done with it then, in one sentence; may be empty
 */
record RestoreFinding(
    String done, String session, RestoreReport report, StageTimes.Result times, String afterwards)
    implements Finding {
  @Override
  public ExitCode exitCode() {
    return switch (report.outcome()) {
      case RESTORED, RESUMED -> ExitCode.OK;
      case FIRST_START, JOURNAL_UNREADABLE, PROCESS_RESTARTED, COLD_BOOT, PRESERVED_BUT_LOST ->
          ExitCode.NOTHING_TO_RESTORE;
      case FAILED -> ExitCode.NOT_VERIFIED;
    };
  }

  @Override
  public Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("session", session);
    document.putAll(document(report));
    document.put("finishedAt", times.finishedAt());
    document.put("stages", times.stages().stream().map(StageTimes.Times::document).toList());
    return document;
  }

  static Map<String, Object> document(RestoreReport report) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("outcome", Words.id(report.outcome()));
    document.put("reason", report.reason());
    document.put("generation", report.generation());
    document.put("sameExtents", report.sameExtents());
    document.put("sameBytes", report.sameBytes());
    document.put("devices", report.devices().stream().map(RestoreFinding::document).toList());
    document.put("buffers", report.buffers().stream().map(RestoreFinding::document).toList());
    document.put("notices", report.notices());
    report.pinDelays().ifPresent(delays -> document.put("pinDelays", document(delays)));
    return document;
  }

  private static Map<String, Object> document(PinDelays delays) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("files", delays.files());
    document.put("medianMicros", micros(delays.medianNanos()));
    document.put("maxMicros", micros(delays.maxNanos()));
    document.put("slowestFile", delays.slowest());
    return document;
  }

  private static long micros(long nanos) {
    return Math.ceilDiv(nanos, 1000);
  }

  private static Map<String, Object> document(DeviceResult device) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("address", device.address());
    document.put("ioas", device.ioas());
    document.put("verdict", Words.id(device.verdict()));
    document.put("detail", device.detail());
    return document;
  }

  private static Map<String, Object> document(BufferResult buffer) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("ioas", buffer.ioas());
    document.put("name", buffer.name());
    document.put("iova", Words.hex(buffer.iova().start()));
    document.put("lengthBytes", buffer.iova().lengthBytes());
    document.put("extents", buffer.extents());
    document.put("verdict", Words.id(buffer.verdict()));
    document.put("detail", buffer.detail());
    return document;
  }

  @Override
  public void print(Console console) {
    printTables(console, report);
    console.line(sentence());
    if (!afterwards.isEmpty()) {
      console.line(afterwards);
    }
  }

  /** Prints devices, buffers and notices. */
  static void printTables(Console console, RestoreReport report) {
    Table table = new Table();
    if (!report.devices().isEmpty()) {
      table.row("device", "ioas", "verdict");
    }
    for (DeviceResult device : report.devices()) {
      table.row(
          device.address(), device.ioas(), verdict(console, device.verdict()), device.detail());
    }
    print(console, table);
    table = new Table();
    if (!report.buffers().isEmpty()) {
      table.row("ioas", "buffer", right("iova"), right("bytes"), right("extents"), "verdict");
    }
    for (BufferResult buffer : report.buffers()) {
      table.row(
          buffer.ioas(),
          buffer.name(),
          Table.address(buffer.iova().start()),
          buffer.iova().lengthBytes(),
          buffer.extents(),
          verdict(console, buffer.verdict()),
          buffer.detail());
    }
    print(console, table);
    report.notices().forEach(notice -> console.line("note: " + SafeText.field(notice)));
  }

  private static void print(Console console, Table table) {
    if (!table.isEmpty()) {
      table.printTo(console);
      console.blank();
    }
  }

  private String sentence() {
    return switch (report.outcome()) {
      case RESTORED, RESUMED ->
          "Session %s is %s: all %s (%s) are where they were%s."
              .formatted(
                  session,
                  done,
                  Words.count(report.sameExtents(), "extent"),
                  Words.bytes(report.sameBytes() - translatedBytes()),
                  translatedBytes() == 0
                      ? ""
                      : ", and %s behind an IOMMU at their IOVAs"
                          .formatted(Words.bytes(translatedBytes())));
      case FAILED ->
          "Session %s could not be %s: %s"
              .formatted(session, done, SafeText.field(report.reason()));
      default -> "Session " + session + ": nothing to restore: " + SafeText.field(report.reason());
    };
  }

  /** What is the same and has no physical addresses: the memory of devices behind an IOMMU. */
  private long translatedBytes() {
    return report.buffers().stream()
        .filter(buffer -> buffer.verdict() == Verdict.SAME && buffer.extents() == 0)
        .mapToLong(buffer -> buffer.iova().lengthBytes())
        .sum();
  }

  private static Table.Cell verdict(Console console, Verdict verdict) {
    Colour colour =
        switch (verdict) {
          case SAME -> Colour.GOOD;
          case SKIPPED -> Colour.CAUTION;
          case MOVED, CONTENT_DIFFERS, LOST -> Colour.BAD;
        };
    return coloured(console, colour, Words.of(verdict));
  }
}
