package io.holdfast.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.Disk;
import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalContents;
import io.holdfast.journal.JournalReader;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that writes a journal is killed (SIGKILL) before each operation on the disk in turn:
 * while it creates the journal, while it moves to a larger file, while it carries over one that an
 * older Holdfast wrote, and one that is damaged.
 */
class JournalStepKillTest {
  /** What the code of format 1 has written; core's own tests read it too. */
  private static final Path FORMAT_1 =
      Path.of(System.getProperty("basedir", "."))
          .resolve("../core/src/test/resources/io/holdfast/journal/format-1.journal.gz");

  @TempDir private Path temporary;

  /** What a run of the writer said. */
  private record Said(List<String> steps, int acknowledged, boolean ended) {}

  @Test
  void whenItIsCreatedAndGrows() throws IOException, InterruptedException {
    int last = 0;
    for (int step = 1; ; step++) {
      Path file = temporary.resolve("create-" + step).resolve("journal");
      Said said = run(file, step);
      if (said.ended()) {
        assertThat(said.steps().stream().filter(line -> line.endsWith(" RENAME")))
            .as("created, and moved twice")
            .hasSize(3);
        break;
      }
      last = step;
      check(file, said, Map.of());
      checkThatItGoesOn(file);
    }
    assertThat(last).isGreaterThan(8);
  }

  @Test
  void whenOneOfAnOlderFormatIsCarriedOver() throws IOException, InterruptedException {
    carriedOver("journal.format-1-", new byte[0]);
  }

  @Test
  void whenADamagedOneIsCarriedOver() throws IOException, InterruptedException {
    // Something behind the end is a damage that loses nothing.
    carriedOver("journal.damaged-", new byte[4096]);
  }

  private void carriedOver(String keptAs, byte[] appended)
      throws IOException, InterruptedException {
    for (int step = 1; ; step++) {
      Path file = older("carry-" + step, appended);
      Map<String, MappingState> before = mappings(JournalReader.read(file));
      byte[] old = Files.readAllBytes(file);
      Said said = run(file, step);
      check(file, said, before);
      boolean replaced = !Arrays.equals(Files.readAllBytes(file), old);
      if (replaced) {
        try (Stream<Path> files = Files.list(file.getParent())) {
          List<Path> kept =
              files.filter(path -> path.getFileName().toString().startsWith(keptAs)).toList();
          assertThat(kept).as("step %d", step).hasSize(1);
          assertThat(Files.readAllBytes(kept.getFirst())).isEqualTo(old);
        }
      }
      if (said.ended()) {
        assertThat(replaced).isTrue();
        break;
      }
      checkThatItGoesOn(file);
    }
  }

  /** A journal that the code of format 1 has written, with some bytes behind it. */
  private Path older(String name, byte[] appended) throws IOException {
    Path folder = temporary.resolve(name);
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path file = folder.resolve("journal");
    try (InputStream packed = new GZIPInputStream(Files.newInputStream(FORMAT_1))) {
      Files.write(file, packed.readAllBytes());
    }
    Files.write(file, appended, StandardOpenOption.APPEND);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private static Said run(Path file, int step) throws IOException, InterruptedException {
    Process writer =
        ChildJvm.start(SteppedWriter.class, List.of(file.toString(), Integer.toString(step)));
    List<String> lines =
        new String(writer.getInputStream().readAllBytes(), US_ASCII).lines().toList();
    int code = writer.waitFor();
    boolean ended = !lines.isEmpty() && lines.getLast().startsWith("END ");
    assertThat(code).as("%s", lines).isEqualTo(ended ? 0 : 137);
    List<String> steps = new ArrayList<>(lines);
    steps.removeIf(line -> !line.startsWith("STEP "));
    int acknowledged = -1;
    for (String line : lines) {
      if (line.startsWith("A ")) {
        acknowledged = Integer.parseInt(line.substring(2));
      }
    }
    return new Said(steps, acknowledged, ended);
  }

  /** What is there is what was there before and what was acknowledged since, and whole. */
  private static void check(Path file, Said said, Map<String, MappingState> before) {
    if (!Files.exists(file)) {
      assertThat(said.steps().getLast()).doesNotContain("FORCE_FOLDER");
      assertThat(said.acknowledged()).isEqualTo(-1);
      return;
    }
    Map<String, MappingState> acknowledged = new HashMap<>(before);
    for (int change = 1; change <= said.acknowledged(); change++) {
      add(acknowledged, change);
    }
    Map<String, MappingState> withNext = new HashMap<>(acknowledged);
    add(withNext, Math.max(1, said.acknowledged() + 1));
    assertThat(mappings(JournalReader.read(file)))
        .as("%s", said.steps().getLast())
        .isIn(acknowledged, withNext);
  }

  private static void add(Map<String, MappingState> mappings, int change) {
    if (SteppedWriter.change(change).getFirst() instanceof MappingAdded added) {
      mappings.put(added.mapping().name(), added.mapping());
    }
  }

  private static Map<String, MappingState> mappings(JournalContents contents) {
    Map<String, MappingState> mappings = new HashMap<>();
    for (IoasState ioas : contents.state().ioases()) {
      ioas.mappings().forEach(mapping -> mappings.put(mapping.name(), mapping));
    }
    return mappings;
  }

  /** A writer that comes after the killed one goes on, and clears up what that one left. */
  private static void checkThatItGoesOn(Path file) throws IOException {
    if (!Files.exists(file)) {
      Journal.startOver(file, SteppedWriter.HEADER).close();
    } else {
      Map<String, MappingState> before = mappings(JournalReader.read(file));
      SteppedWriter.goOn(Disk.local(), file, SteppedWriter.HEADER).close();
      assertThat(mappings(JournalReader.read(file))).isEqualTo(before);
    }
    assertThat(JournalReader.read(file).damage()).isEmpty();
    try (Stream<Path> files = Files.list(file.getParent())) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith("journal.new-"));
    }
  }
}
