package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What belongs to another user: root may look at it, is told whose it is, and acts on none of it.
 */
final class AnotherUserTest {
  private static final int NOBODY = 65534;

  @TempDir private Path directory;
  private Stage stage;

  @BeforeEach
  void set() throws IOException {
    assumeThat(System.getProperty("user.name"))
        .as("only root can give files away")
        .isEqualTo("root");
    stage = Stage.set(directory);
  }

  private static void giveAway(Path path) throws IOException {
    Files.setAttribute(path, "unix:uid", NOBODY);
  }

  @Test
  void aManifestOfAnothersIsShownAndNotTrusted() throws IOException {
    giveAway(stage.manifest());
    Holdfast.Result shown = Holdfast.run("inspect", stage.manifest().toString());
    assertThat(shown.out()).contains("do not trust it: it belongs to user " + NOBODY);
    assertThat(shown.code()).isEqualTo(5);
    Holdfast.Result all = Holdfast.run("inspect", stage.state().toString());
    assertThat(all.out()).contains("it belongs to user " + NOBODY);
    assertThat(all.code()).isEqualTo(5);
  }

  @Test
  void nothingIsPlannedOrRestoredByAnothersState() throws IOException {
    giveAway(stage.state().resolve(Stage.SESSION));
    for (String verb : new String[] {"plan", "restore"}) {
      Holdfast.Result result =
          Holdfast.run(
              verb,
              "--host=" + stage.host(),
              "--state=" + stage.state(),
              "--session=" + Stage.SESSION);
      assertThat(result.code()).as(verb).isEqualTo(5);
      assertThat(result.err()).as(verb).contains("belongs to user " + NOBODY);
    }
  }

  @Test
  void aStateDirectoryBelowAnothersIsRefused() throws IOException {
    giveAway(stage.directory());
    Holdfast.Result result =
        Holdfast.run(
            "restore",
            "--host=" + stage.host(),
            "--state=" + stage.state(),
            "--session=" + Stage.SESSION);
    assertThat(result.code()).isEqualTo(5);
    assertThat(result.err()).contains("belongs to user " + NOBODY);
  }
}
