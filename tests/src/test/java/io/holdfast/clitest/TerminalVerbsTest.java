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
