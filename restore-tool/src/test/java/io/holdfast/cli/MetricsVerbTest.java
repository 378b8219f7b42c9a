package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.session.Stage;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MetricsVerbTest {
  @TempDir private Path folder;

  private Path state() {
    return folder.resolve("state");
  }

  private Host host(String ignored) {
    return SimulatedHost.open(folder.resolve("machine"));
  }

  private Run run(String... line) {
    String[] all = new String[line.length + 2];
    all[0] = "--state";
    all[1] = state().toString();
    System.arraycopy(line, 0, all, 2, line.length);
    return Run.of(this::host, all);
  }

  /** Preserves a session, lets a kexec happen and restores it; returns the restore's JSON. */
  private Path restored() throws IOException {
    try (SimulatedHost host = SimulatedHost.open(folder.resolve("machine"))) {
      LiveSession session = LiveSession.openOrRestore(host, "nic0", state());
      session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings"));
      session.ioas("rings").buffer("ring", 64 << 10);
      session.preserve();
      host.kexec();
    }
    Run restore = run("restore", "--session", "nic0", "--consume", "--json");
    assertThat(restore.code()).as(restore.err()).isZero();
    return Files.writeString(folder.resolve("nic0.json"), restore.out());
  }

  private static Map<String, BigDecimal> series(String text) {
    return OpenMetrics.parse(text);
  }

  @Test
  void aRestoreIsInTheMetrics() throws IOException {
    Path result = restored();
    ResultFile read = ResultFile.read(result);
    Run run = run("metrics", "--result", result.toString());
    assertThat(run.code()).as(run.err()).isZero();
    Map<String, BigDecimal> series = series(run.out());
    String labels = "{session=\"nic0\",verb=\"restore\"}";
    assertThat(series)
        .containsEntry("holdfast_result_success" + labels, BigDecimal.ONE)
        .containsEntry("holdfast_result_exit_code" + labels, BigDecimal.ZERO)
        .containsEntry(
            "holdfast_result_proved_extents" + labels, BigDecimal.valueOf(read.sameExtents()))
        .containsEntry("holdfast_result_proved_bytes" + labels, BigDecimal.valueOf(64 << 10));
    assertThat(read.stages())
        .extracting(StageTimes.Times::stage)
        .contains(Stage.ATTACH, Stage.RETRIEVE, Stage.MAP, Stage.VERIFY);
    for (StageTimes.Times times : read.stages()) {
      assertThat(series)
          .containsEntry(
              "holdfast_result_stage_seconds{session=\"nic0\",verb=\"restore\",stage=\"%s\"}"
                  .formatted(Words.id(times.stage())),
              BigDecimal.valueOf(times.busyMicros(), 6));
    }
  }

  @Test
  void aSessionThatRunsIsInTheMetrics() {
    try (SimulatedHost host = SimulatedHost.open(folder.resolve("machine"));
        LiveSession session = LiveSession.openOrRestore(host, "nic0", state())) {
      session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings"));
      session.ioas("rings").buffer("ring", 8192);
      Run run =
          Run.of(name -> SimulatedHost.on(host.kernel()), "--state", state().toString(), "metrics");
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(series(run.out()))
          .containsEntry("holdfast_sessions{state=\"recording\"}", BigDecimal.ONE)
          .containsEntry("holdfast_sessions{state=\"lost\"}", BigDecimal.ZERO)
          .containsEntry("holdfast_session_generation{session=\"nic0\"}", BigDecimal.ZERO)
          .containsEntry(
              "holdfast_session_mapped_bytes{session=\"nic0\"}", BigDecimal.valueOf(8192));
    }
  }

  @Test
  void aFailureIsInTheMetrics() throws IOException {
    Run restore = run("restore", "--session", "nic9", "--consume", "--json");
    assertThat(restore.code()).isEqualTo(ExitCode.NOTHING_TO_RESTORE.code());
    Path result = Files.writeString(folder.resolve("nic9.json"), restore.out());
    Run run = run("metrics", "--result", result.toString());
    assertThat(series(run.out()))
        .containsEntry(
            "holdfast_result_success{session=\"nic9\",verb=\"restore\"}", BigDecimal.ZERO)
        .containsEntry(
            "holdfast_result_exit_code{session=\"nic9\",verb=\"restore\"}", BigDecimal.valueOf(4));
  }

  @Test
  void theFileIsWholeAndReadableByEverybody() throws IOException {
    Path file = Files.writeString(folder.resolve("holdfast.prom"), "what was there before");
    Path absent = folder.resolve("absent.json");
    Run run = run("metrics", "--file", file.toString(), "--result", absent.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).isEmpty();
    assertThat(series(Files.readString(file))).isNotEmpty();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r--r--");
  }

  @Test
  void promtoolAcceptsIt() throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        HandOverArguments.find("promtool", System.getenv("PATH")).isPresent(),
        "there is no promtool");
    Run run = run("metrics", "--result", restored().toString());
    Process promtool =
        new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
    try (var in = promtool.getOutputStream()) {
      in.write(run.out().getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(promtool.waitFor()).as(said).isZero();
    assertThat(said).isEmpty();
  }

  @Test
  void whatIsNoResultIsRefused() throws IOException {
    String good = Files.readString(restored());
    Map<String, String> wrong =
        Map.of(
            "text", "not JSON",
            "list", "[]",
            "two", good + good,
            "deep", "{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}",
            "other verb", good.replace("\"restore\"", "\"doctor\""),
            "number", good.replaceFirst("\"busyMicros\" : \\d+", "\"busyMicros\" : 1e999"),
            "negative", good.replaceFirst("\"busyMicros\" : \\d+", "\"busyMicros\" : -1"),
            "twice", good.replaceFirst("\"retrieve\"", "\"attach\""),
            "stage", good.replaceFirst("\"attach\"", "\"\\\\u001b[2J\""));
    for (Map.Entry<String, String> each : wrong.entrySet()) {
      Path file = Files.writeString(folder.resolve("wrong.json"), each.getValue());
      Run run = run("metrics", "--result", file.toString());
      assertThat(run.code()).as(each.getKey()).isEqualTo(ExitCode.INPUT_REFUSED.code());
      assertThat(run.err()).hasLineCount(1).doesNotContain("\u001b");
    }
  }

  @Test
  void aSessionHasOneResult() throws IOException {
    String result = restored().toString();
    Run run = run("metrics", "--result", result, "--result", result);
    assertThat(run.code()).isEqualTo(ExitCode.USAGE.code());
  }

  @Test
  void labelsCannotForgeALine() {
    StringBuilder text = new StringBuilder();
    new Metric("a_b", "help").add(1, "session", "x\"} 5\n# EOF\ny\\").appendTo(text);
    assertThat(OpenMetrics.parse(text + "# EOF\n")).hasSize(1);
  }

  @Test
  void theReaderIsStrict() {
    for (String wrong :
        new String[] {
          "# TYPE a gauge\na 1\n",
          "a 1\n# EOF\n",
          "# TYPE a gauge\na 1\na 2\n# EOF\n",
          "# TYPE a gauge\nb 1\n# EOF\n",
          "# TYPE a gauge\na{x=1} 1\n# EOF\n",
          "# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n"
        }) {
      assertThatThrownBy(() -> OpenMetrics.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
