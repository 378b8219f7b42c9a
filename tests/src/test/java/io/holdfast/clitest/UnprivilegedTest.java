package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tool without the capabilities by which root passes over permissions: what it may not read is
 * exit code 8, in a line that names it.
 */
final class UnprivilegedTest {
  private static final String CAPABILITIES = "-dac_override,-dac_read_search";

  @TempDir private Path directory;
  private Stage stage;

  @BeforeEach
  void set() throws IOException {
    assumeThat(Path.of("/usr/bin/setpriv")).exists();
    stage = Stage.set(directory);
  }

  /** The exit code; what it says has to name the file. */
  private int run(Path named, String... line) throws IOException, InterruptedException {
    Path said = directory.resolve("said");
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("/usr/bin/setpriv", "--bounding-set", CAPABILITIES));
      command.addAll(List.of("--inh-caps", CAPABILITIES));
    }
    command.addAll(Holdfast.java(io.holdfast.cli.Main.class, List.of(line)));
    Process tool =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(said.toFile())
            .start();
    int code = tool.waitFor();
    assertThat(Files.readString(said)).startsWith("holdfast: ").contains(named.toString());
    assertThat(Files.readString(said).lines()).hasSize(1);
    return code;
  }

  private static void close(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("---------"));
  }

  @Test
  void aFileThatMayNotBeReadIsTold() throws Exception {
    Path journal = stage.state().resolve(Stage.SESSION).resolve("journal");
    close(stage.manifest());
    close(journal);
    assertThat(run(stage.manifest(), "inspect", stage.manifest().toString())).isEqualTo(8);
    assertThat(run(journal, "inspect", "--json", journal.toString())).isEqualTo(8);
    String state = "--state=" + stage.state();
    assertThat(run(stage.manifest(), "plan", state, "--session=nic0")).isEqualTo(8);
  }

  @Test
  void aDirectoryThatMayNotBeSearchedIsTold() throws Exception {
    close(stage.state());
    try {
      assertThat(run(stage.state(), "inspect", stage.state().toString())).isEqualTo(8);
      assertThat(run(stage.state(), "inspect", stage.manifest().toString())).isEqualTo(8);
    } finally {
      Files.setPosixFilePermissions(stage.state(), PosixFilePermissions.fromString("rwx------"));
    }
  }
}
