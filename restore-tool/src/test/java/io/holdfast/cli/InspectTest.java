package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class InspectTest {
  @TempDir private Path folder;

  private Path manifest() throws IOException {
    return Files.write(folder.resolve("manifest"), Manifest.encode(Samples.session()));
  }

  @Test
  void aManifestIsShownAsTables() throws IOException {
    Run run = Run.of("inspect", manifest().toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains(
            "sealed      2026-01-02T03:04:05Z",
            "  rings  tx-ring  0x100000  8,192  read, write  file 1 at 0x0     required        2",
            "  rings  log      0x200000  4,096  read         file 1 at 0x2000  optional        1",
            "2 buffers, 12 KiB in 3 physical extents.")
        .doesNotContain("Extents of");
  }

  @Test
  void everyExtentIsListedOnDemand() throws IOException {
    Run run = Run.of("inspect", "--extents", manifest().toString());
    assertThat(run.out())
        .containsSubsequence("Extents of rings/tx-ring", "0x0", "0x7000", "0x1000", "0x3000")
        .contains("Extents of rings/log");
  }

  @Test
  void theDocumentHoldsTheWholeManifest() throws IOException {
    Run run = Run.of("inspect", "--json", manifest().toString());
    assertThat(run.out())
        .contains("\"kind\" : \"manifest\"", "\"sizeBytes\" : ", "holdfast-manifest", "tx-ring");
    assertThat(run.code()).isZero();
  }

  @Test
  void aManifestAsJsonIsReadToo() throws IOException {
    Path json =
        Files.writeString(folder.resolve("session.json"), Manifest.toJson(Samples.session()));
    Run run = Run.of("inspect", json.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("tx-ring");
  }

  @Test
  void whatIsWrongWithAManifestIsOneLine() throws IOException {
    byte[] bytes = Manifest.encode(Samples.session());
    bytes[bytes.length - 1] ^= 1;
    Run run = Run.of("inspect", Files.write(folder.resolve("bad"), bytes).toString());
    assertThat(run.code()).isEqualTo(ExitCode.INPUT_REFUSED.code());
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).hasLineCount(1).startsWith("holdfast: ");
  }

  @Test
  void aStateDirectoryIsShownSessionBySession() throws IOException {
    Path state = Files.createDirectory(folder.resolve("state"), privately());
    Path session = Files.createDirectory(state.resolve("nic0"), privately());
    Path sealed = Files.createDirectory(state.resolve("nic1"), privately());
    Files.write(sealed.resolve("manifest"), Manifest.encode(Samples.session()));
    JournalHeader header =
        JournalHeader.ofThisProcess(Samples.JOURNAL, "nic0", Samples.HOST, Samples.BOOT, 0);
    try (Journal journal = Journal.startOver(session.resolve("journal"), header)) {
      journal.append(
          List.of(
              new SessionOpened("nic0", Samples.JOURNAL, 0, Samples.HOST, List.of(Samples.BOOT))));
    }
    Run run = Run.of("inspect", state.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out().lines().skip(1).toList())
        .satisfiesExactly(
            line -> assertThat(line).matches("nic0 +0  recording, .* change.* +none"),
            line -> assertThat(line).matches("nic1 +2  none +sealed 2026-01-02T03:04:05Z, .*"));
    assertThat(Run.of("inspect", session.toString()).out())
        .contains("begun in boot", "sealed      no");
  }

  private static java.nio.file.attribute.FileAttribute<?> privately() {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void whoCanHaveWrittenAManifestIsTold() throws IOException {
    Path manifest = manifest();
    Files.setPosixFilePermissions(manifest, PosixFilePermissions.fromString("rw-r--r--"));
    Run readable = Run.of("inspect", manifest.toString());
    assertThat(readable.code()).isZero();
    assertThat(readable.out()).containsPattern("owner +user \\d+, mode 0644\\R");
    Files.setPosixFilePermissions(manifest, PosixFilePermissions.fromString("rw-rw-rw-"));
    Run writable = Run.of("inspect", manifest.toString());
    assertThat(writable.code()).isEqualTo(ExitCode.INPUT_REFUSED.code());
    assertThat(writable.out()).contains("do not trust it: others than its owner can write to it");
    assertThat(Run.of("inspect", "--json", manifest.toString()).out())
        .contains("\"mode\" : \"0666\"", "\"trusted\" : false");
  }

  @Test
  void aForeignManifestIsShownAsSuch() throws IOException {
    Path manifest = manifest();
    Assumptions.assumeTrue(isRoot(), "only root can give a file away");
    Files.setAttribute(manifest, "unix:uid", 4711);
    Run run = Run.of("inspect", manifest.toString());
    assertThat(run.code()).isEqualTo(ExitCode.INPUT_REFUSED.code());
    assertThat(run.out()).contains("do not trust it: it belongs to user 4711");
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  @Test
  @Timeout(60)
  void whatIsNoPlainFileIsRefusedAndHidesNothing() throws IOException, InterruptedException {
    Path state = Files.createDirectory(folder.resolve("state"), privately());
    Path good = Files.createDirectory(state.resolve("good"), privately());
    Files.write(good.resolve("manifest"), Manifest.encode(Samples.session()));
    Path fifo = Files.createDirectory(state.resolve("fifo"), privately()).resolve("manifest");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).inheritIO().start().waitFor())
        .isZero();
    Path directory = Files.createDirectory(state.resolve("directory"), privately());
    Files.createDirectory(directory.resolve("manifest"));
    Path link = Files.createDirectory(state.resolve("link"), privately());
    Files.createSymbolicLink(link.resolve("manifest"), good.resolve("manifest"));
    Path journal = Files.createDirectory(state.resolve("journal"), privately());
    Files.createSymbolicLink(journal.resolve("journal"), Path.of("nowhere"));
    Files.createDirectory(state.resolve("empty"), privately());
    Files.createSymbolicLink(state.resolve("twin"), good);

    Run run = Run.of("inspect", state.toString());
    assertThat(run.code()).isEqualTo(ExitCode.INPUT_REFUSED.code());
    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines().skip(1).toList())
        .satisfiesExactly(
            line -> assertThat(line).matches("directory .* refused: .* is a directory, not .*"),
            line -> assertThat(line).matches("fifo .* refused: .* is a FIFO, not a plain file"),
            line -> assertThat(line).matches("good .* sealed .*"),
            line -> assertThat(line).matches("journal .* refused: .* is a symbolic link .*"),
            line -> assertThat(line).matches("link .* refused: .* is a symbolic link, not .*"),
            line -> assertThat(line).matches("twin .* sealed .*"),
            line ->
                assertThat(line)
                    .isEqualTo("Do not trust the directory of twin: it is a symbolic link."));
    for (Path each : new Path[] {fifo, directory.resolve("manifest"), link.resolve("manifest")}) {
      Run alone = Run.of("inspect", each.toString());
      assertThat(alone.code()).as(each.toString()).isBetween(0, 5);
      assertThat(alone.code() == 0).as(each.toString()).isEqualTo(Files.isDirectory(each));
    }
  }

  @Test
  void aNameCannotForgeARow() throws IOException {
    Path state = Files.createDirectory(folder.resolve("state"), privately());
    Path forged =
        Files.createDirectory(state.resolve("nic0\nnic1  9  sealed\u001b[2J"), privately());
    Files.write(forged.resolve("manifest"), Manifest.encode(Samples.session()));
    Run run = Run.of("inspect", state.toString());
    assertThat(run.out()).hasLineCount(2).doesNotContain("\u001b").contains("nic0\\u000anic1");
    Run json = Run.of("inspect", state.toString(), "--json");
    assertThat(json.out()).doesNotContain("\u001b").contains("nic0\\nnic1  9  sealed\\u001B[2J");
  }

  @Test
  void anEmptyStateDirectoryIsNoError() {
    Run run = Run.of("inspect", folder.toString());
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("No session");
  }

  @Test
  void aSessionWithoutAManifestIsNothingToRestore() {
    Run run = Run.of("--state", folder.toString(), "inspect", "--session", "nic0");
    assertThat(run.code()).isEqualTo(ExitCode.NOTHING_TO_RESTORE.code());
  }

  @Test
  void aPathAndASessionDoNotGoTogether() {
    assertThat(Run.of("inspect", "--session", "nic0", "/some/path").code()).isEqualTo(2);
    assertThat(Run.of("inspect").code()).isEqualTo(2);
    assertThat(Run.of("inspect", "--consume", "/some/path").err()).contains("needs a --session");
  }
}
