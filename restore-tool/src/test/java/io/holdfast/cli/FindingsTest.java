package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.IovaRange;
import io.holdfast.session.PinDelays;
import io.holdfast.session.RestorePlan;
import io.holdfast.session.RestorePlan.Problem;
import io.holdfast.session.RestorePlan.Severity;
import io.holdfast.session.RestorePlan.Step;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.BufferResult;
import io.holdfast.session.RestoreReport.DeviceResult;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.Stage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FindingsTest {
  private static final StageTimes.Result TIMES =
      new StageTimes.Result(
          Instant.parse("2026-01-02T03:04:06Z"),
          List.of(new StageTimes.Times(Stage.VERIFY, 2, 10, 40, 25)));

  private static String print(Finding finding) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    Console console = Console.plain(out, out);
    finding.print(console);
    console.flush();
    return text.toString();
  }

  private static PlanFinding plan(Problem... problems) {
    return new PlanFinding(
        Samples.session(),
        new RestorePlan(
            List.of(
                new Step(Stage.RETRIEVE, "retrieve memfd"),
                new Step(Stage.HAND_OVER, "record the session")),
            List.of(problems),
            Set.of()),
        ExitCode.HOST_NOT_ABLE);
  }

  private static RestoreReport report(Outcome outcome, Verdict second) {
    return new RestoreReport(
        outcome,
        "because",
        3,
        List.of(new DeviceResult(Samples.ADDRESS, "rings", Verdict.SAME, "")),
        List.of(
            new BufferResult("rings", "tx-ring", new IovaRange(0x1000, 8192), 2, Verdict.SAME, ""),
            new BufferResult(
                "rings", "rx-ring", new IovaRange(0x10000, 4096), 1, second, "a detail")),
        List.of("a notice"),
        Optional.of(new PinDelays(5, 1_499, 20_000, "pool-1")));
  }

  @Test
  void aPlanWithoutProblemsCanWork() {
    assertThat(plan().exitCode()).isEqualTo(ExitCode.OK);
    assertThat(print(plan()))
        .contains("1.  retrieve   retrieve memfd", "2.  hand over  record the session")
        .endsWith("A restore can work: nothing blocks it.\n");
  }

  @Test
  void aFatalProblemEndsAsTheHostsLack() {
    PlanFinding refused = plan(new Problem(Severity.FATAL, "no device", "bring it back"));
    assertThat(refused.exitCode()).isEqualTo(ExitCode.HOST_NOT_ABLE);
    assertThat(print(refused))
        .contains("refused  no device", "to do: bring it back", "A restore would be refused");
    assertThat(refused.document().toString()).contains("severity=fatal", "feasible=false");
  }

  @Test
  void whatIsLeftOutDoesNotRefuse() {
    PlanFinding skipped = plan(new Problem(Severity.SKIPPED, "optional device gone", ""));
    assertThat(skipped.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(print(skipped)).contains("left out  optional device gone");
  }

  @Test
  void aRestoreEndsInOneSentence() {
    RestoreFinding finding =
        new RestoreFinding(
            "verified", "nic0", report(Outcome.RESTORED, Verdict.SAME), TIMES, "It goes on.");
    assertThat(finding.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(print(finding))
        .contains("rings  tx-ring   0x1000  8,192        2  same", "note: a notice", "0000:00:04.0")
        .endsWith(
            "Session nic0 is verified: all 3 extents (12 KiB) are where they were.\nIt goes on.\n");
    assertThat(finding.document())
        .containsEntry("outcome", "restored")
        .containsEntry("sameBytes", 12288L)
        .containsEntry("finishedAt", TIMES.finishedAt());
    assertThat(finding.document().get("stages").toString()).contains("busyMicros=25");
    assertThat(finding.document().get("pinDelays").toString())
        .isEqualTo("{files=5, medianMicros=2, maxMicros=20, slowestFile=pool-1}");
  }

  @Test
  void everyOutcomeHasItsExitCode() {
    for (Outcome outcome : Outcome.values()) {
      ExitCode expected =
          switch (outcome) {
            case RESTORED, RESUMED -> ExitCode.OK;
            case FAILED -> ExitCode.NOT_VERIFIED;
            default -> ExitCode.NOTHING_TO_RESTORE;
          };
      RestoreFinding finding =
          new RestoreFinding("restored", "nic0", report(outcome, Verdict.MOVED), TIMES, "");
      assertThat(finding.exitCode()).as(outcome.name()).isEqualTo(expected);
      assertThat(print(finding)).contains("moved", "a detail");
    }
  }
}
