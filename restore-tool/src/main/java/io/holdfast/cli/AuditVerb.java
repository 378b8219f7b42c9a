package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.doctor.HostCheck;
import io.holdfast.linux.HostFacts;
import io.holdfast.linux.SmallFiles;
import io.holdfast.model.SessionState;
import io.holdfast.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code audit}: what a kexec did to the sessions of a host. */
@Command(
    name = "audit",
    description = {
      "Compare sessions, physical extents and devices before and after a kexec. Nothing is taken"
          + " or changed.",
      "Before: --record writes what is sealed to a directory. After: --compare says of each session"
          + " kept, waiting (not restored yet), blocked (it cannot be restored as things stand),"
          + " moved or lost, why, and what to do. Without either it shows what is there."
    },
    footer = {
      "  holdfast audit --record /var/lib/holdfast-audit --expect nic0",
      "  holdfast kexec",
      "  holdfast audit --compare /var/lib/holdfast-audit --json"
    })
final class AuditVerb extends Verb {
  /** Before or after. */
  private static final class When {
    @Option(
        names = "--record",
        paramLabel = "DIR",
        converter = PathConverter.class,
        description =
            "Before the kexec: write what is sealed there, readable by this user only; made if it"
                + " is not there. Ends with exit code 9 while a session is not sealed and kept, and"
                + " with 4 if there is none.")
    private Path record;

    @Option(
        names = "--compare",
        paramLabel = "DIR",
        converter = PathConverter.class,
        description =
            "After the kexec: compare with what was recorded there. Ends with exit code 6 if"
                + " anything moved or was lost, with 3 if a session cannot be restored, and with 9"
                + " while one waits or the kernel was not replaced.")
    private Path compare;
  }

  @ArgGroup private When when;

  @Option(
      names = "--expect",
      paramLabel = "NAME",
      converter = SessionNameConverter.class,
      description = "With --record: a session that has to be there. May be given several times.")
  private List<String> expected = List.of();

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The holder's socket. Default: as holdfast hold has it.")
  private String socket;

  @Override
  ExitCode run() throws IOException {
    boolean recording = when != null && when.record != null;
    if (!recording && !expected.isEmpty()) {
      throw misused("--expect goes with --record");
    }
    try (Host host = OpenHost.of(tool(), console())) {
      Looked looked = new Looked(host, tool().state(), socket);
      if (recording) {
        AuditFinding finding = looked.ready(expected);
        if (finding.exitCode() == ExitCode.OK) {
          AuditRecord.write(when.record, finding.document(), looked.sealed());
        }
        return show(finding);
      }
      return show(when == null ? looked.seen() : looked.compared(AuditRecord.read(when.compare)));
    }
  }

  /** A host as it was looked at. */
  private static final class Looked {
    private final Host host;
    private final Syscalls syscalls;
    private final Path state;
    private final String socket;
    private final SessionsFinding found;
    private final Map<String, StateFinding.SessionFiles> recorded;

    private Looked(Host host, Path state, String socket) {
      this.host = host;
      this.state = state;
      this.socket = socket;
      syscalls = OpenHost.syscalls(host);
      found = SessionsFinding.of(syscalls, state, socket);
      recorded = RecordedSessions.find(state, new ArrayList<>());
    }

    private List<SessionState> sealed() {
      return found.sessions().stream()
          .map(SessionsFinding.Row::sealed)
          .flatMap(Optional::stream)
          .toList();
    }

    private AuditFinding finding(
        Optional<AuditRecord> before,
        List<AuditedSession> sessions,
        AuditVerdict verdict,
        String reason,
        String remedy) {
      return new AuditFinding(
          SmallFiles.readable(syscalls, "/proc/sys/kernel/hostname").orElse("unknown"),
          SmallFiles.require(syscalls, "/proc/sys/kernel/osrelease"),
          HostFacts.bootId(syscalls),
          Instant.now(),
          found.origin(),
          before,
          sessions,
          verdict,
          reason,
          remedy);
    }

    private List<AuditedSession> asTheyAre() {
      return found.sessions().stream()
          .map(row -> AuditedSession.seen(row, recorded.get(row.name())))
          .toList();
    }

    private AuditFinding seen() {
      return finding(
          Optional.empty(),
          asTheyAre(),
          AuditVerdict.SEEN,
          Words.count(found.sessions().size(), "session"),
          "");
    }

    private AuditFinding ready(List<String> expected) {
      List<String> sealed = sealed().stream().map(SessionState::name).toList();
      BeforeKexec before = BeforeKexec.of(syscalls, state, socket, true);
      Optional<HostCheck> failed =
          before.checks().stream()
              .filter(check -> check.status() == HostCheck.Status.NOT_OK)
              .findFirst();
      Optional<String> missing =
          expected.stream().filter(name -> recorded.get(name) == null).findFirst();
      AuditVerdict verdict = AuditVerdict.READY;
      String reason = Words.count(sealed.size(), "session") + " sealed and kept";
      String remedy = "";
      if (missing.isPresent()) {
        verdict = AuditVerdict.NO_SESSION;
        reason = "there is no session \"%s\"".formatted(missing.get());
        remedy = "start its driver, and have it call preserve(); then look again";
      } else if (failed.isPresent()) {
        verdict = AuditVerdict.NOT_READY;
        reason = failed.get().detail();
        remedy = failed.get().remedy();
      } else if (sealed.isEmpty() || !sealed.containsAll(expected)) {
        verdict = AuditVerdict.NO_SESSION;
        reason = unsealed(expected, sealed);
        remedy = "start the driver, and have it call preserve(); then look again";
      }
      return finding(Optional.empty(), asTheyAre(), verdict, reason, remedy);
    }

    /** What to say where an expected session, or any if none is expected, was not sealed. */
    private String unsealed(List<String> expected, List<String> sealed) {
      Optional<String> first = expected.stream().filter(name -> !sealed.contains(name)).findFirst();
      if (first.isEmpty()) {
        return "no driver on this host has sealed a session";
      }
      String why =
          asTheyAre().stream()
              .filter(session -> session.name().equals(first.get()))
              .map(AuditedSession::reason)
              .findFirst()
              .orElse("");
      return "session \"%s\" is not sealed%s"
          .formatted(first.get(), why.isEmpty() ? "" : ": " + why);
    }

    private AuditFinding compared(AuditRecord before) {
      if (before.bootId().equals(HostFacts.bootId(syscalls))) {
        return finding(
            Optional.of(before),
            asTheyAre(),
            AuditVerdict.NOT_REPLACED,
            "the kernel that was running still runs",
            "see what stopped the kexec: journalctl -e");
      }
      List<AuditedSession> sessions = new ArrayList<>();
      for (SessionState each : before.sessions()) {
        SessionsFinding.Row row =
            found.sessions().stream()
                .filter(now -> now.name().equals(each.name()))
                .findFirst()
                .orElse(null);
        sessions.add(
            AuditedSession.compared(
                host, each, row, recorded.get(each.name()), found.origin().isPresent()));
      }
      AuditVerdict verdict =
          sessions.stream()
              .map(AuditedSession::verdict)
              .reduce(AuditVerdict.KEPT, AuditVerdict::orWorse);
      ExtentCount extents =
          sessions.stream()
              .map(AuditedSession::extents)
              .reduce(ExtentCount.NONE, ExtentCount::plus);
      AuditedSession worst =
          sessions.stream()
              .filter(each -> each.verdict() == verdict && verdict != AuditVerdict.KEPT)
              .findFirst()
              .orElse(null);
      return finding(
          Optional.of(before),
          sessions,
          verdict,
          worst == null
              ? extents.reason()
              : "session \"%s\": %s".formatted(worst.name(), worst.reason()),
          worst == null ? "" : worst.remedy());
    }
  }
}
