package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may write a journal, where, and in the place of what. */
class JournalAccessTest {
  @TempDir private Path temporary;
  private Path folder;
  private Path file;

  @BeforeEach
  void choosePath() {
    folder = temporary.resolve("state").resolve("nic0");
    file = folder.resolve("journal");
  }

  private SessionState write() {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      journal.append(mapping(1));
      return journal.contents().state();
    }
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Test
  void aSecondWriterIsRefusedAndTheFirstGoesOn() {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      JournalContents contents = JournalReader.read(file);
      assertThatThrownBy(() -> Fixtures.goOn(Disk.local(), file, header(), contents))
          .isInstanceOf(JournalBusyException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("this very process");
      assertThatThrownBy(() -> Journal.startOver(file, header()))
          .isInstanceOf(JournalBusyException.class);
      journal.append(mapping(1));
    }
    assertThat(JournalReader.read(file).state().ioases().getFirst().mappings()).hasSize(1);
  }

  @Test
  void aWholeJournalIsGoneOnWithAndNothingIsKeptAside() throws IOException {
    SessionState state = write();
    try (Journal journal = Fixtures.goOn(file)) {
      assertThat(journal.contents().state()).isEqualTo(state);
      journal.append(mapping(2));
    }
    assertThat(JournalReader.read(file).state().ioases().getFirst().mappings()).hasSize(2);
    assertThat(names()).containsExactlyInAnyOrder("journal", "journal.lock");
  }

  @Test
  void itsContentCanGoOnUnderAnotherIdentity() {
    write();
    UUID other = new UUID(8, 9);
    JournalHeader next =
        JournalHeader.ofThisProcess(other, "nic0", Fixtures.HOST, Fixtures.BOOT, 1);
    Fixtures.goOn(Disk.local(), file, next, JournalReader.read(file)).close();
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.header()).isEqualTo(next);
    assertThat(contents.state().journal()).isEqualTo(other);
  }

  @Test
  void startingOverReplacesAWholeJournalAndKeepsAnythingElseAside() throws IOException {
    write();
    Journal.startOver(file, header()).close();
    assertThat(JournalReader.read(file).state()).isEqualTo(new JournalFold(header()).state());
    assertThat(names()).containsExactlyInAnyOrder("journal", "journal.lock");
    Files.writeString(file, "garbage");
    Journal.startOver(file, header()).close();
    assertThat(JournalReader.read(file).damage()).isEmpty();
    assertThat(names()).hasSize(3);
  }

  @Test
  void whatAWriterLeftThatDiedWhileItMovedIsCleanedUp() throws IOException {
    SessionState state = write();
    Files.writeString(folder.resolve("journal.new-7"), "half a file");
    Fixtures.goOn(file).close();
    assertThat(names()).containsExactlyInAnyOrder("journal", "journal.lock");
    assertThat(JournalReader.read(file).state()).isEqualTo(state);
  }

  @Test
  void aFolderThatOthersCanReachIsRefused() throws IOException {
    Files.createDirectories(folder);
    for (String mode : List.of("rwxr-xr-x", "rwx--x---", "rwx----w-")) {
      mode(folder, mode);
      assertThatThrownBy(() -> Journal.startOver(file, header()))
          .isInstanceOf(JournalAccessException.class)
          .hasMessageContaining("chmod 700 " + folder);
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void aFileThatOthersCanReachIsNotTrusted() throws IOException {
    write();
    for (String mode : List.of("rw-r-----", "rw-----w-")) {
      mode(file, mode);
      assertThatThrownBy(() -> JournalReader.read(file))
          .isInstanceOf(JournalAccessException.class)
          .hasMessageContaining("chmod 600 " + file);
    }
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    SessionState state = write();
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, file);
    assertThatThrownBy(() -> JournalReader.read(link))
        .isInstanceOf(JournalAccessException.class)
        .hasMessageContaining("symbolic link");
    Journal.startOver(link, header()).close();
    assertThat(link).isRegularFile();
    assertThat(JournalReader.read(file).state()).isEqualTo(state);
    Path folderLink = temporary.resolve("folder-link");
    Files.createSymbolicLink(folderLink, folder);
    assertThatThrownBy(() -> Journal.startOver(folderLink.resolve("other"), header()))
        .isInstanceOf(JournalAccessException.class)
        .hasMessageContaining("symbolic link");
    Files.delete(folder.resolve("journal.lock"));
    Files.createSymbolicLink(folder.resolve("journal.lock"), temporary.resolve("victim"));
    assertThatThrownBy(() -> Journal.startOver(file, header()))
        .isInstanceOf(JournalAccessException.class);
    assertThat(temporary.resolve("victim")).doesNotExist();
  }

  @Test
  void whatIsNotAPlainFileIsRefusedWithoutOpeningIt() throws IOException, InterruptedException {
    Files.createDirectories(folder);
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", file.toString()).start().waitFor())
        .isZero();
    assertThatThrownBy(() -> JournalReader.read(file))
        .isInstanceOf(JournalAccessException.class)
        .hasMessageContaining("not a plain file");
  }

  @Test
  void aFolderThatCannotBeMadeIsAClearError() throws IOException {
    Files.writeString(temporary.resolve("state"), "in the way");
    assertThatThrownBy(() -> Journal.startOver(file, header()))
        .isInstanceOf(JournalIoException.class)
        .hasMessageContaining(folder.toString());
  }
}
