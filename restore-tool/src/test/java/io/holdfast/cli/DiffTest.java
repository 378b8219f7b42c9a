package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiffTest {
  @TempDir private Path folder;

  private String write(String name, SessionState session) throws IOException {
    Path file = Files.write(folder.resolve(name), Manifest.encode(session));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file.toString();
  }

  /** The sample with its first buffer elsewhere in part, and without its second. */
  private static SessionState changed() {
    SessionState session = Samples.session();
    IoasState rings = session.ioases().getFirst();
    MappingState ring = rings.mappings().getFirst();
    ExtentList moved = ExtentList.of(new Extent(0x7000, 4096), new Extent(0xb000, 4096));
    return session.withContents(
        session.files(),
        List.of(new IoasState("rings", List.of(ring.withExtents(moved)))),
        session.devices());
  }

  @Test
  void aManifestIsTheSameAsItsJson() throws IOException {
    String manifest = write("a", Samples.session());
    Path json = Files.writeString(folder.resolve("json"), Manifest.toJson(Samples.session()));
    Files.setPosixFilePermissions(json, PosixFilePermissions.fromString("rw-------"));
    Run run = Run.of("diff", manifest, json.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).endsWith("They are the same.\n");
  }

  @Test
  void whatDiffersIsNamed() throws IOException {
    Run run = Run.of("diff", write("a", Samples.session()), write("b", changed()));
    assertThat(run.code()).isEqualTo(ExitCode.DIFFERENT.code());
    assertThat(run.out())
        .containsPattern("buffer rings/log +present +-")
        .containsPattern(
            "buffer rings/tx-ring: extents +0x3000 at offset 0x1000, 2 extents +0xb000, 2 extents;"
                + " 4096 bytes are elsewhere")
        .endsWith("2 differences.\n");
    Run json = Run.of("diff", "--json", folder.resolve("a").toString(), write("b", changed()));
    assertThat(json.code()).isEqualTo(ExitCode.DIFFERENT.code());
    assertThat(json.out()).contains("\"same\" : false", "\"field\" : \"extents\"");
  }

  @Test
  void whatALiveUpdateChangesCanBeLeftOut() throws IOException {
    SessionState later = Samples.session().withSealedAt(Instant.parse("2027-01-01T00:00:00Z"));
    String before = write("a", Samples.session());
    String after = write("b", later);
    assertThat(Run.of("diff", before, after).code()).isEqualTo(ExitCode.DIFFERENT.code());
    assertThat(Run.of("diff", "--layout", before, after).code()).isZero();
  }

  @Test
  void whatOthersCanWriteIsShownAndNotRelied() throws IOException {
    String before = write("a", Samples.session());
    String after = write("b", Samples.session());
    Files.setPosixFilePermissions(Path.of(after), PosixFilePermissions.fromString("rw-rw-rw-"));
    Run run = Run.of("diff", before, after);
    assertThat(run.code()).isEqualTo(ExitCode.INPUT_REFUSED.code());
    assertThat(run.out()).contains("Do not rely on " + after);
  }

  @Test
  void noDifferenceMeansTheSameSession() {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("differences: seed " + seed + "; replay with -Dholdfast.seed=" + seed);
    RandomSession sessions = new RandomSession(new Random(seed));
    List<SessionState> made = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      made.add(sessions.next());
    }
    for (SessionState one : made) {
      for (SessionState other : made) {
        assertThat(SessionDifferences.of(one, other, false).isEmpty())
            .as("seed %d", seed)
            .isEqualTo(one.equals(other));
      }
    }
  }

  @Test
  void movesAreCountedAndMerged() {
    ExtentMoves moves =
        ExtentMoves.of(
            ExtentList.of(new Extent(0x1000, 0x3000), new Extent(0x9000, 0x1000)),
            ExtentList.of(new Extent(0x1000, 0x1000), new Extent(0x8000, 0x3000)));
    assertThat(moves.movedBytes()).isEqualTo(0x3000);
    assertThat(moves.moves())
        .containsExactly(
            new ExtentMoves.Move(0x1000, 0x2000, 0x2000, 0x8000),
            new ExtentMoves.Move(0x3000, 0x1000, 0x9000, 0xa000));
  }
}
