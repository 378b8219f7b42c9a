package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs that only look at files and at the tool itself, as processes, beside golden texts. */
final class TerminalVerbsTest {
  @TempDir private Path directory;

  @Test
  void whatDiffersIsListed() throws IOException {
    Stage stage = Stage.set(directory);
    Path journal = stage.manifest().resolveSibling("journal");
    // A sealed journal says what its manifest does.
    Holdfast.Result same = Holdfast.run("diff", stage.manifest().toString(), journal.toString());
    assertThat(same.code()).as(same.toString()).isZero();
    Holdfast.Result diff = Holdfast.run("diff", journal.toString(), stage.other().toString());
    assertThat(diff.code()).as(diff.toString()).isEqualTo(12);
    Golden.assertMatches("diff.txt", diff.out());
  }

  @Test
  void aMachineOfItsOwnLivesThroughItsKexecs() throws IOException {
    String machine = directory.resolve("sim").toString();
    StringBuilder told = new StringBuilder();
    for (String[] line :
        new String[][] {
          {"sim", "create", machine, "--memory-mib", "64"},
          {"sim", "add-device", machine, "--device", "0000:00:05.0"},
          {"sim", "kexec", machine}
        }) {
      Holdfast.Result result = Holdfast.run(line);
      assertThat(result.code()).as(result.toString()).isZero();
      told.append(result.out()).append('\n');
    }
    Golden.assertMatches("sim.txt", told.toString().replaceAll("free [^,]+,", "free MUCH,"));
  }

  @Test
  void metricsAreToldOfASessionThatWasLost() throws IOException {
    Stage stage = Stage.set(directory);
    Holdfast.Result metrics =
        Holdfast.run("--state", stage.state().toString(), "--host", stage.host(), "metrics");
    assertThat(metrics.code()).as(metrics.toString()).isZero();
    Golden.assertMatches(
        "metrics.txt",
        metrics
            .out()
            .replaceFirst("\\{version=\"[^\"]*\"", "{version=\"VERSION\"")
            .replaceAll("(_seconds\\{[^}]*}) .*", "$1 SECONDS"));
  }

  @Test
  void versionTellsEveryFormat() throws IOException {
    Stage stage = Stage.set(directory);
    Holdfast.Result version = Holdfast.run("version", "--host", stage.host());
    assertThat(version.code()).as(version.toString()).isZero();
    Golden.assertMatches(
        "version.txt",
        version
            .out()
            .replaceFirst("(?m)^holdfast .*$", "holdfast VERSION")
            .replaceFirst("(?m)^Java .*$", "Java VERSION"));
  }
}
