package io.holdfast.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalAccessException;
import io.holdfast.journal.JournalBusyException;
import io.holdfast.journal.JournalLock;
import io.holdfast.journal.JournalReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lock of a journal, against other processes and against careless code in this one. */
class JournalLockTest {
  @TempDir private Path temporary;
  private Path file;
  private Path lockFile;

  @BeforeEach
  void choosePath() {
    file = temporary.resolve("nic0").resolve("journal");
    lockFile = file.resolveSibling("journal.lock");
  }

  /** Another process that tries to write the journal: BUSY and why, or GOT IT. */
  static final class SecondWriter {
    private SecondWriter() {}

    public static void main(String[] arguments) {
      try (Journal journal = Journal.startOver(Path.of(arguments[0]), SteppedWriter.HEADER)) {
        System.out.println("GOT IT " + journal.file());
      } catch (JournalBusyException e) {
        System.out.println("BUSY " + e.getMessage());
      }
    }
  }

  private String second() throws IOException, InterruptedException {
    Process process = ChildJvm.start(SecondWriter.class, List.of(file.toString()));
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      assertThat(process.waitFor()).isZero();
      return line;
    }
  }

  @Test
  void openingAndClosingTheFileInTheSameProcessLetsNobodyIn()
      throws IOException, InterruptedException {
    try (Journal journal = Journal.startOver(file, SteppedWriter.HEADER)) {
      journal.append(SteppedWriter.change(0));
      // Each of these drops a POSIX lock of the process.
      Files.readAllBytes(lockFile);
      FileChannel.open(lockFile, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
      assertThat(second()).startsWith("BUSY").contains("pid " + ProcessHandle.current().pid());
      assertThatThrownBy(() -> Journal.startOver(file, SteppedWriter.HEADER))
          .isInstanceOf(JournalBusyException.class)
          .hasMessageContaining("this very process");
      journal.append(SteppedWriter.change(1));
    }
    assertThat(JournalReader.read(file).state().ioases()).hasSize(1);
    assertThat(second()).startsWith("GOT IT");
  }

  @Test
  void aPosixLockOfAnotherProgramExcludesItAndIsExcluded()
      throws IOException, InterruptedException {
    Journal.startOver(file, SteppedWriter.HEADER).close();
    try (FileChannel channel =
        FileChannel.open(lockFile, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      assertThat(channel.tryLock()).isNotNull();
      assertThat(second()).startsWith("BUSY");
    }
    try (JournalLock held = JournalLock.acquire(Disk.local(), file)) {
      assertThat(held).isNotNull();
      try (FileChannel channel =
          FileChannel.open(lockFile, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        assertThat(channel.tryLock()).isNull();
      }
      assertThat(second()).startsWith("BUSY");
    }
    assertThat(second()).startsWith("GOT IT");
  }

  @Test
  void aRefusalLeavesNothingLocked() throws IOException, InterruptedException {
    Journal.startOver(file, SteppedWriter.HEADER).close();
    Files.setPosixFilePermissions(lockFile, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> Journal.startOver(file, SteppedWriter.HEADER))
        .isInstanceOf(JournalAccessException.class)
        .hasMessageContaining("chmod 600 " + lockFile);
    Files.setPosixFilePermissions(lockFile, PosixFilePermissions.fromString("rw-------"));
    Journal.startOver(file, SteppedWriter.HEADER).close();
    assertThat(second()).startsWith("GOT IT");
  }

  @Test
  void aLockFileThatWasRemovedIsMadeAgain() throws IOException, InterruptedException {
    Journal.startOver(file, SteppedWriter.HEADER).close();
    Files.delete(lockFile);
    try (Journal journal = Journal.startOver(file, SteppedWriter.HEADER)) {
      assertThat(second()).startsWith("BUSY");
      assertThat(journal.file()).isEqualTo(file);
    }
  }
}
