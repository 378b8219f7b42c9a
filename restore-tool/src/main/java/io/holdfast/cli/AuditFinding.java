package io.holdfast.cli;

import static io.holdfast.cli.Table.coloured;
import static io.holdfast.cli.Table.right;

import io.holdfast.cli.Console.Colour;
import io.holdfast.linux.KhoDebugfs;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Where a host stands: before a kexec, or after it in comparison with what was recorded before.
 *
 * @param host its name
 * @param kernel the release of its kernel
 * @param bootId the boot
 * @param at when this was found
 * @param origin how this kernel was reached; empty after a cold boot or where it is not told
 * @param before what it is compared with
 * @param sessions each session
 * @param verdict the worst of them, or that of the host
 * @param reason why
 * @param remedy what to do about it
 */
record AuditFinding(
    String host,
    String kernel,
    UUID bootId,
    Instant at,
    Optional<KhoDebugfs.Origin> origin,
    Optional<AuditRecord> before,
    List<AuditedSession> sessions,
    AuditVerdict verdict,
    String reason,
    String remedy)
    implements Finding {
  @Override
  public ExitCode exitCode() {
    return verdict.exitCode();
  }

  @Override
  public Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("host", host);
    document.put("kernel", kernel);
    document.put("bootId", bootId);
    document.put("at", at);
    document.put("kexec", origin.map(SessionsFinding::document).orElse(null));
    document.put("before", before.map(AuditRecord::document).orElse(null));
    document.put("sessions", sessions.stream().map(AuditedSession::document).toList());
    document.put("verdict", Words.id(verdict));
    document.put("reason", reason);
    document.put("remedy", remedy);
    return document;
  }

  @Override
  public void print(Console console) {
    if (!sessions.isEmpty()) {
      Table table =
          new Table()
              .row(
                  "session",
                  "state",
                  right("extents"),
                  right("same"),
                  right("moved"),
                  right("lost"),
                  right("outage"),
                  "verdict",
                  "reason");
      sessions.forEach(each -> table.row(cells(console, each)));
      table.printTo(console);
      console.blank();
    }
    console.line(
        "%s, Linux %s%s: %s: %s"
            .formatted(
                SafeText.field(host),
                SafeText.field(kernel),
                before.map(was -> ", before " + SafeText.field(was.kernel())).orElse(""),
                Words.of(verdict),
                SafeText.field(reason)));
    if (!remedy.isEmpty()) {
      console.line("To do: " + SafeText.field(remedy));
    }
  }

  private static Object[] cells(Console console, AuditedSession session) {
    ExtentCount extents = session.extents();
    return new Object[] {
      session.name(),
      Words.id(session.state()),
      extents.all(),
      extents.same(),
      extents.moved(),
      extents.lost(),
      right(session.outage().map(AuditFinding::seconds).orElse("-")),
      coloured(console, colour(session.verdict()), Words.of(session.verdict())),
      session.reason()
    };
  }

  static String seconds(Duration outage) {
    return "%d.%03d s".formatted(outage.toSeconds(), outage.toMillisPart());
  }

  private static Colour colour(AuditVerdict verdict) {
    return switch (verdict) {
      case SEEN, READY, KEPT -> Colour.GOOD;
      case NO_SESSION, NOT_READY, NOT_REPLACED, WAITING -> Colour.CAUTION;
      case BLOCKED, MOVED, LOST -> Colour.BAD;
    };
  }
}
