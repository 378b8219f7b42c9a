package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tool with a heap of 256 MB on manifests and journals of up to 16 MB that were made to be
 * expensive: each is shown or refused. How long each run took is told; the time limit is for hangs
 * only. Journals that are not shown have {@code JournalBudgetTest}.
 */
final class BudgetTest {
  private static final int MOST_BYTES = 16_000_000;
  private static final int HANG_SECONDS = 120;

  @TempDir private Path directory;

  @Test
  void everyFileIsShownOrRefused() throws IOException, InterruptedException {
    Stage stage = Stage.set(directory);
    Path file = directory.resolve("costly");
    List<String> shown = new ArrayList<>();
    for (Map.Entry<String, byte[]> each : CostlyFiles.all(stage.session()).entrySet()) {
      assertThat(each.getValue().length).as(each.getKey()).isLessThanOrEqualTo(MOST_BYTES);
      Files.write(file, each.getValue());
      if (run(each.getKey(), List.of("inspect", "--extents", file.toString())) == 0) {
        shown.add(each.getKey());
        assertThat(run(each.getKey(), List.of("inspect", "--json", file.toString()))).isZero();
        String page = directory.resolve("page.html").toString();
        assertThat(run(each.getKey(), List.of("report", "--html", page, file.toString()))).isZero();
        // What was read as JSON is exported already.
        int exported = run(each.getKey(), List.of("export", file.toString()));
        assertThat(exported).isEqualTo(each.getKey().startsWith("JSON") ? 5 : 0);
      }
    }
    assertThat(shown).containsExactly("mappings", "extents", "JSON of mappings");
    byte[] mappings = CostlyFiles.all(stage.session()).get("mappings");
    Files.write(stage.manifest(), mappings);
    String state = "--state=" + stage.state();
    String host = "--host=" + stage.host();
    for (String json : List.of("--json=false", "--json")) {
      int code = run("plan", List.of("plan", json, state, host, "--session=nic0"));
      assertThat(code).isIn(0, 3, 4, 9);
    }
    assertThat(run("sessions", List.of("sessions", state, host))).isZero();
  }

  @Test
  void everyJournalAtItsLimitsIsShown() throws IOException, InterruptedException {
    Stage stage = Stage.set(directory);
    Path journal = stage.manifest().resolveSibling("journal");
    byte[] good = Files.readAllBytes(journal);
    String state = "--state=" + stage.state();
    for (Map.Entry<String, byte[]> each : CostlyJournals.all(good).entrySet()) {
      String what = each.getKey();
      assertThat(each.getValue().length).as(what).isLessThanOrEqualTo(MOST_BYTES);
      Files.write(journal, each.getValue());
      assertThat(run(what, List.of("inspect", journal.toString()))).as(what).isZero();
      assertThat(run(what, List.of("inspect", "--extents", journal.toString()))).isZero();
      assertThat(run(what, List.of("inspect", "--json", journal.toString()))).isZero();
      run(what, List.of("inspect", stage.state().toString()));
      run(what, List.of("sessions", "--json", state, "--host=" + stage.host()));
    }
  }

  private int run(String what, List<String> line) throws IOException, InterruptedException {
    Path said = directory.resolve("said");
    List<String> command = Holdfast.java(io.holdfast.cli.Main.class, line);
    command.add(1, "-Xmx256m");
    command.add(2, "-XX:+UseSerialGC"); // As the launcher has it.
    long begin = System.nanoTime();
    Process tool =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(said.toFile())
            .start();
    try {
      assertThat(tool.waitFor(HANG_SECONDS, TimeUnit.SECONDS)).as("%s hangs", what).isTrue();
    } finally {
      tool.destroyForcibly();
    }
    System.out.printf(
        "budget: %s of %s: exit code %d after %d ms%n",
        String.join(" ", line.subList(0, 2)),
        what,
        tool.exitValue(),
        (System.nanoTime() - begin) / 1_000_000);
    assertThat(tool.exitValue()).as("%s: %s", what, Files.readString(said)).isIn(0, 3, 4, 5, 9);
    return tool.exitValue();
  }
}
