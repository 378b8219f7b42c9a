package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalReader;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.HostIdentity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code inspect --follow}, in a process of its own beside the one that writes. */
@Timeout(120)
final class FollowTest {
  private static final UUID JOURNAL = new UUID(1, 2);
  private static final UUID BOOT = new UUID(3, 4);
  private static final HostIdentity HOST =
      new HostIdentity("0f0e0d0c0b0a09080706050403020100", "7.3.0", "x86_64", 4096);

  @TempDir private Path folder;

  private Path session() {
    return folder.resolve("nic0");
  }

  private Journal begin() {
    Journal journal =
        Journal.startOver(
            session().resolve("journal"),
            JournalHeader.ofThisProcess(JOURNAL, "nic0", HOST, BOOT, 0));
    journal.append(new SessionOpened("nic0", JOURNAL, 0, HOST, List.of(BOOT)));
    return journal;
  }

  private static BufferedReader lines(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  @Test
  void changesAreShownAsTheyHappenAndAKilledReaderHarmsNothing()
      throws IOException, InterruptedException {
    try (Journal journal = begin()) {
      Process reader = Holdfast.start(List.of(), "inspect", "--follow", session().toString());
      try (BufferedReader lines = lines(reader)) {
        assertThat(lines.readLine())
            .startsWith("session \"nic0\", written by process " + ProcessHandle.current().pid());
        for (int i = 0; i < 20; i++) {
          journal.append(new IoasAdded("ioas-" + i));
          assertThat(lines.readLine()).endsWith("ioas \"ioas-" + i + "\" is made");
        }
        // In the middle of reading.
        for (int i = 20; i < 1000; i++) {
          journal.append(new IoasAdded("ioas-" + i));
        }
        reader.destroyForcibly().waitFor();
      }
      journal.append(new IoasAdded("last"));
      journal.sync();
    }
    assertThat(JournalReader.read(session().resolve("journal")).damage()).isEmpty();
    assertThat(JournalReader.read(session().resolve("journal")).state().ioases()).hasSize(1001);
  }

  @Test
  void forProgramsEachLineIsADocument() throws IOException, InterruptedException {
    try (Journal journal = begin()) {
      Process reader =
          Holdfast.start(
              List.of(), "inspect", "--json", "--follow", session().resolve("journal").toString());
      try (BufferedReader lines = lines(reader)) {
        assertThat(lines.readLine())
            .startsWith(
                "{\"schema\":\"holdfast-output/1\",\"verb\":\"inspect\",\"event\":\"opened\",")
            .endsWith("}");
        journal.append(new IoasAdded("rings"));
        assertThat(lines.readLine())
            .contains("\"event\":\"recorded\",\"batch\":")
            .contains("\"record\":\"ioas-added\"")
            .contains("\"ioas\":\"rings\"");
      } finally {
        reader.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void whatCannotBeFollowedIsRefused() {
    Holdfast.Result missing = Holdfast.run("inspect", "--follow", session().toString());
    assertThat(missing.code()).as(missing.toString()).isEqualTo(8);
    assertThat(missing.err()).hasLineCount(1).contains(session().toString());
    Holdfast.Result misused = Holdfast.run("inspect", "--follow", "--session", "nic0");
    assertThat(misused.code()).as(misused.toString()).isEqualTo(2);
  }
}
