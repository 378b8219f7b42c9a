package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.journal.JournalHeader;
import io.holdfast.model.DeviceState;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestorePlan.Problem;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One session of a host, and what became of it over a kexec.
 *
 * @param name its name
 * @param state what it is in now; lost where nothing is known of it any more
 * @param generation how many live updates it came through
 * @param extents where its physical extents are now, of those that it had
 * @param outage from its seal to the first record of the restored session, where both are known
 * @param verdict what that makes
 * @param reason why
 * @param remedy what to do about it
 */
record AuditedSession(
    String name,
    SessionStanding state,
    long generation,
    ExtentCount extents,
    Optional<Duration> outage,
    AuditVerdict verdict,
    String reason,
    String remedy) {
  /** A session as it is, with nothing to compare it with. */
  static AuditedSession seen(SessionsFinding.Row row, StateFinding.SessionFiles files) {
    SessionState session = files == null ? null : files.session();
    return new AuditedSession(
        row.name(),
        row.state(),
        session == null ? 0 : session.generation(),
        session == null ? ExtentCount.NONE : ExtentCount.of(session),
        Optional.empty(),
        AuditVerdict.SEEN,
        row.detail(),
        "");
  }

  /**
   * Compares a session with what it was when it was sealed.
   *
   * @param row how it stands now; null if nothing is known of it
   * @param files what is recorded of it now; null if nothing is
   * @param liveUpdate whether debugfs tells that this kernel was started by a kexec that hands
   *     memory over
   */
  static AuditedSession compared(
      Host host,
      SessionState before,
      SessionsFinding.Row row,
      StateFinding.SessionFiles files,
      boolean liveUpdate) {
    Outcome outcome = new Outcome(before, row == null ? SessionStanding.LOST : row.state());
    if (row == null || row.state() == SessionStanding.LOST) {
      return outcome.lost(
          row == null ? "nothing is recorded of it any more" : row.detail(),
          "its driver starts afresh; see its log");
    }
    boolean waits =
        row.state() == SessionStanding.IN_KERNEL || row.state() == SessionStanding.TAKEN;
    return waits
        // Whether its driver has the VF tokens is not known here.
        ? outcome.waiting(SealedSession.plan(host, before, device -> true).plan().firstFatal())
        : outcome.recorded(files, liveUpdate);
  }

  /** What to make of a session that was sealed. */
  private record Outcome(SessionState before, SessionStanding state) {
    private AuditedSession with(
        ExtentCount extents,
        Optional<Duration> outage,
        AuditVerdict verdict,
        String reason,
        String remedy) {
      return new AuditedSession(
          before.name(), state, before.generation(), extents, outage, verdict, reason, remedy);
    }

    private AuditedSession lost(String reason, String remedy) {
      return with(ExtentCount.allLost(before), Optional.empty(), AuditVerdict.LOST, reason, remedy);
    }

    private AuditedSession waiting(Optional<Problem> problem) {
      return with(
          ExtentCount.of(before),
          Optional.empty(),
          problem.isPresent() ? AuditVerdict.BLOCKED : AuditVerdict.WAITING,
          problem.map(Problem::what).orElse("it is not restored yet"),
          problem
              .map(Problem::remedy)
              .orElse("start its driver, or holdfast restore --session " + before.name()));
    }

    private AuditedSession recorded(StateFinding.SessionFiles files, boolean liveUpdate) {
      JournalFinding journal = files == null ? null : files.journal().found();
      if (journal == null) {
        return lost("its journal cannot be read", "see holdfast sessions");
      }
      SessionState after = journal.contents().state();
      if (!after.bootChain().contains(before.bootId())) {
        return lost(
            "its driver has started afresh, without what was sealed"
                + (liveUpdate ? "" : ": as far as debugfs tells, no kexec handed memory over"),
            "see the driver's log, and how the host was booted: journalctl -b -1 -e");
      }
      JournalHeader header = journal.contents().header();
      Optional<Duration> outage =
          before
              .sealedAt()
              .flatMap(sealed ->
                  header
                      .begunAt()
                      .filter(sealed::isBefore)
                      .map(at -> Duration.between(sealed, at)));
      ExtentCount extents = ExtentCount.of(before, after);
      List<String> gone =
          before.devices().stream()
              .map(DeviceState::address)
              .filter(address ->
                  after.devices().stream().noneMatch(each -> each.address().equals(address)))
              .map(Object::toString)
              .toList();
      AuditedSession found =
          with(extents, outage, extents.verdict(), extents.reason(), extents.remedy());
      return gone.isEmpty()
          ? found
          : found.worse(
              "its device is not bound any more: " + String.join(", ", gone),
              "see holdfast doctor --device " + gone.getFirst());
    }
  }

  private AuditedSession worse(String newReason, String newRemedy) {
    return new AuditedSession(
        name, state, generation, extents, outage, AuditVerdict.LOST, newReason, newRemedy);
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", name);
    document.put("state", Words.id(state));
    document.put("generation", generation);
    document.putAll(extents.document());
    document.put("outageMillis", outage.map(Duration::toMillis).orElse(null));
    document.put("verdict", Words.id(verdict));
    document.put("reason", reason);
    document.put("remedy", remedy);
    return document;
  }
}
