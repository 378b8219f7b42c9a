package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FleetReportTest {
  @TempDir private Path folder;
  private Path hosts;

  @BeforeEach
  void makeHosts() throws IOException {
    hosts = Files.createDirectory(folder.resolve("hosts"));
  }

  private static String audit(String verdict, int same, int moved, int lost) {
    return """
    {"schema": "holdfast-output/1", "verb": "audit", "host": "h", "kernel": "7.3.1",
     "bootId": "8a0c0a3e-0000-4000-8000-000000000001", "at": "2026-01-02T03:04:05Z",
     "kexec": null, "before": {"kernel": "7.3.0", "bootId": "8a0c0a3e-0000-4000-8000-000000000000",
     "at": "2026-01-02T03:03:05Z"}, "verdict": "%s", "reason": "", "remedy": "",
     "sessions": [{"name": "nic0", "state": "recording", "generation": 1, "extents": %d,
     "sameExtents": %d, "sameBytes": 4096, "movedExtents": %d, "lostExtents": %d,
     "outageMillis": 12345, "verdict": "%s", "reason": "", "remedy": ""}]}
    """
        .formatted(verdict, same + moved + lost, same, moved, lost, verdict);
  }

  private void host(String name, String status, String reason, String audit) throws IOException {
    Files.writeString(
        hosts.resolve(name + ".json"),
        """
        {"schema": "holdfast-fleet/1", "host": "%s", "status": "%s", "reason": "%s", "audit": %s}
        """
            .formatted(name, status, reason, audit));
  }

  private Run report(ExitCode code, String... more) {
    String[] line = new String[more.length + 5];
    String[] first = {
      "report", "--html", folder.resolve("page.html").toString(), "--fleet", hosts.toString()
    };
    System.arraycopy(first, 0, line, 0, first.length);
    System.arraycopy(more, 0, line, first.length, more.length);
    Run run = Run.of(line);
    assertThat(run.code()).as(run.err()).isEqualTo(code.code());
    return run;
  }

  @Test
  void everyHostIsOnThePageAndTheStoppedOneFirst() throws IOException {
    host("a", "updated", "", audit("kept", 7, 0, 0));
    host("b", "stopped", "1 of 3 extents is <b>elsewhere</b>", audit("moved", 2, 1, 0));
    host("c", "untouched", "", "null");
    Run run = report(ExitCode.DIFFERENT);
    assertThat(run.out())
        .startsWith("b: stopped: ")
        .contains(
            "3 hosts, 1 stopped, 1 updated, 1 untouched; 9 of 10 extents proved, 1 moved, 0 lost.");
    String page = Files.readString(folder.resolve("page.html"));
    assertThat(page)
        .containsSubsequence(
            "<tr class=\"bad\"><th"
                + " scope=\"row\">b</th><td>stopped</td><td>7.3.0</td><td>7.3.1</td>",
            "<th scope=\"row\">a</th><td>updated</td>",
            "<th scope=\"row\">c</th><td>untouched</td>",
            "<th scope=\"row\">a/nic0</th><td class=\"n\">7</td><td class=\"n\">7</td>",
            "<td>12.345 s</td><td>kept</td>")
        .doesNotContain("<b>", "<script", " src=", "href=");
  }

  @Test
  void aRolloutThatLostNothingIsWell() throws IOException {
    host("a", "updated", "", audit("kept", 7, 0, 0));
    assertThat(report(ExitCode.OK, "--json").out())
        .contains("\"updated\" : 1", "\"sameExtents\" : 7", "\"verdict\" : \"kept\"");
  }

  @Test
  void whatIsNoHostsDocumentIsRefused() throws IOException {
    report(ExitCode.INPUT_REFUSED);
    String good = audit("kept", 7, 0, 0);
    for (String wrong :
        new String[] {
          "7", good.replace("\"kept\"", "\"well\""), good.replace("\"sameExtents\": 7", "\"x\": 7")
        }) {
      host("a", "updated", "", wrong);
      assertThat(report(ExitCode.INPUT_REFUSED).err()).as(wrong).hasLineCount(1).contains("a.json");
    }
    host("a", "gone", "", good);
    report(ExitCode.INPUT_REFUSED);
    host("a", "updated", "", good);
    report(ExitCode.USAGE, "--result", hosts.resolve("a.json").toString());
  }

  @Test
  void anAuditIsInTheMetrics() throws IOException {
    Path file = Files.writeString(folder.resolve("audit.json"), audit("moved", 2, 1, 0));
    Run run =
        Run.of(
            "metrics",
            "--audit",
            file.toString(),
            "--host=sim:" + folder.resolve("machine"),
            "--state=" + folder.resolve("state"));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(OpenMetrics.parse(run.out()))
        .containsEntry("holdfast_audit_success", BigDecimal.ZERO)
        .containsEntry("holdfast_audit_moved_extents{session=\"nic0\"}", BigDecimal.ONE)
        .containsEntry("holdfast_audit_outage_seconds{session=\"nic0\"}", new BigDecimal("12.345"));
    Files.writeString(file, "{}");
    assertThat(Run.of("metrics", "--audit", file.toString()).code())
        .isEqualTo(ExitCode.INPUT_REFUSED.code());
  }
}
