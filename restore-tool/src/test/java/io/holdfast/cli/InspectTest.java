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
import org.junit.jupiter.api.Test;
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
    try (Journal journal = Journal.create(session.resolve("journal"), header)) {
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
