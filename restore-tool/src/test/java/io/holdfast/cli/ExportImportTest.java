package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExportImportTest {
  @TempDir private Path folder;

  private Path manifest() throws IOException {
    Path manifest = Files.write(folder.resolve("manifest"), Manifest.encode(Samples.session()));
    Files.setPosixFilePermissions(manifest, PosixFilePermissions.fromString("rw-------"));
    return manifest;
  }

  @Test
  void everyManifestComesBackByteForByte() throws IOException {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("export and import: seed " + seed + "; replay with -Dholdfast.seed=" + seed);
    RandomSession sessions = new RandomSession(new Random(seed));
    Path manifest = manifest();
    Path json = folder.resolve("json");
    Path back = folder.resolve("back");
    for (int i = 0; i < 200; i++) {
      byte[] bytes = Manifest.encode(sessions.next());
      Files.write(manifest, bytes);
      assertRuns("export", manifest.toString(), "--file", json.toString(), "--force");
      assertRuns("import", json.toString(), "--file", back.toString(), "--force");
      assertThat(Files.readAllBytes(back)).as("seed %d, manifest %d", seed, i).isEqualTo(bytes);
      // What is printed is the same as what is written.
      assertThat(Run.of("export", manifest.toString()).out())
          .as("seed %d, manifest %d", seed, i)
          .isEqualTo(Files.readString(json));
    }
  }

  private static Run assertRuns(String... line) {
    Run run = Run.of(line);
    assertThat(run.code()).as(List.of(line) + run.err()).isZero();
    return run;
  }

  @Test
  void filesArePrivateAndReplacedOnlyIfAsked() throws IOException {
    Path json = folder.resolve("nic0.json");
    Run first = assertRuns("export", manifest().toString(), "--file", json.toString());
    assertThat(first.out()).hasLineCount(1).contains("Session nic0, generation 2, SHA-256 ");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(json)))
        .isEqualTo("rw-------");
    Run again = Run.of("export", manifest().toString(), "--file", json.toString());
    assertThat(again.code()).isEqualTo(ExitCode.NOT_ALLOWED_NOW.code());
    assertThat(again.err()).contains("already", "--force").hasLineCount(1);
    try (var left = Files.list(folder)) {
      assertThat(left.map(each -> each.getFileName().toString()))
          .containsExactlyInAnyOrder("manifest", "nic0.json");
    }
  }

  @Test
  void nothingButAPlainFileIsReplaced() throws IOException {
    Path directory = Files.createDirectory(folder.resolve("directory"));
    Run run = Run.of("export", manifest().toString(), "--file", directory.toString(), "--force");
    assertThat(run.code()).isEqualTo(ExitCode.FILE_FAILED.code());
    Path target = Files.writeString(folder.resolve("target"), "kept");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    assertRuns("export", manifest().toString(), "--file", link.toString(), "--force");
    assertThat(target).hasContent("kept");
    assertThat(link).isRegularFile();
    assertThat(Files.isSymbolicLink(link)).isFalse();
  }

  @Test
  void whatOthersCanWriteDoesNotBecomeAManifest() throws IOException {
    Path json = folder.resolve("nic0.json");
    assertRuns("export", manifest().toString(), "--file", json.toString());
    Files.setPosixFilePermissions(json, PosixFilePermissions.fromString("rw-rw-rw-"));
    Path made = folder.resolve("made");
    Run run = Run.of("import", json.toString(), "--file", made.toString());
    assertThat(run.code()).isEqualTo(ExitCode.INPUT_REFUSED.code());
    assertThat(made).doesNotExist();
  }

  @Test
  void eachTakesItsOwnFormOnly() throws IOException {
    Path json = folder.resolve("nic0.json");
    String manifest = manifest().toString();
    assertRuns("export", manifest, "--file", json.toString());
    assertThat(Run.of("export", json.toString()).code()).isEqualTo(ExitCode.INPUT_REFUSED.code());
    String made = folder.resolve("made").toString();
    assertThat(Run.of("import", manifest, "--file", made).code())
        .isEqualTo(ExitCode.INPUT_REFUSED.code());
    assertThat(Run.of("import", json.toString()).code()).isEqualTo(ExitCode.USAGE.code());
    String twisted = Files.readString(json).replace("\"lengthBytes\": 8192", "\"lengthBytes\": 0");
    Files.writeString(json, twisted);
    assertThat(Run.of("import", json.toString(), "--file", made).code())
        .isEqualTo(ExitCode.INPUT_REFUSED.code());
  }
}
