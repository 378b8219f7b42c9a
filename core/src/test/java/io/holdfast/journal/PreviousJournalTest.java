package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskFile;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.serializer.Sink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found out of the journal that a session's last process has left, and when. */
class PreviousJournalTest {
  @TempDir private Path temporary;
  private Path file;

  @BeforeEach
  void prepare() {
    file = temporary.resolve("nic0").resolve("journal");
  }

  private void write() {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      for (int i = 0; i < 100; i++) {
        journal.append(mapping(i));
      }
    }
  }

  private PreviousJournal look() {
    return PreviousJournal.at(Disk.local(), file);
  }

  private Stream<String> keptAside() throws IOException {
    try (Stream<Path> files = Files.list(file.getParent())) {
      return files
          .map(each -> each.getFileName().toString())
          .filter(name -> !name.equals("journal") && !name.endsWith("lock"))
          .toList()
          .stream();
    }
  }

  private void startOver(PreviousJournal previous) {
    JournalLock lock = JournalLock.acquire(Disk.local(), file);
    Journal.startOver(Disk.local(), file, header(), lock, setUp(), true, previous).close();
  }

  @Test
  void whereNothingIsThereIsNothingToSay() {
    PreviousJournal previous = look();
    assertThat(previous.header()).isEmpty();
    assertThat(previous.contents()).isEmpty();
    assertThat(previous.notices()).isEmpty();
    assertThat(previous.reasonToKeep()).isEmpty();
  }

  @Test
  void aWholeOneSaysWhoseItIsAndThenAllThatItSays() throws IOException {
    write();
    PreviousJournal previous = look();
    assertThat(previous.header()).contains(JournalReader.read(file).header());
    assertThat(previous.contents()).contains(JournalReader.read(file));
    assertThat(previous.notices()).isEmpty();
    startOver(previous);
    assertThat(keptAside()).isEmpty();
  }

  @Test
  void aPlainOneIsLookedAtInTheSameWay() throws IOException {
    write();
    startOver(look());
    PreviousJournal plain = look();
    assertThat(plain.header()).contains(JournalReader.read(file).header());
    assertThat(plain.reasonToKeep()).isEmpty();
    assertThat(plain.contents()).contains(JournalReader.read(file));
  }

  @Test
  void aDamagedOneIsToldOfAtOnceAndKeptAside() throws IOException {
    write();
    byte[] bytes = Files.readAllBytes(file);
    byte[] name = "buffer-50".getBytes(StandardCharsets.US_ASCII);
    int at = 0;
    while (!Arrays.equals(bytes, at, at + name.length, name, 0, name.length)) {
      at++;
    }
    bytes[at] ^= 1;
    Files.write(file, bytes);
    PreviousJournal previous = look();
    assertThat(previous.header()).isPresent();
    assertThat(previous.notices()).isNotEmpty();
    startOver(previous);
    assertThat(keptAside()).singleElement().asString().startsWith("journal.damaged-");
  }

  @Test
  void oneThatIsNoJournalIsToldOfAtOnceAndKeptAside() throws IOException {
    write();
    Files.write(file, new byte[8192]);
    PreviousJournal previous = look();
    assertThat(previous.header()).isEmpty();
    assertThat(previous.contents()).isEmpty();
    assertThat(previous.notices()).singleElement().asString().contains("zeroes and nothing else");
    startOver(previous);
    assertThat(keptAside()).singleElement().asString().startsWith("journal.damaged-");
  }

  @Test
  void oneThatOthersCanChangeIsRefused() throws IOException {
    write();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    assertThatThrownBy(this::look).isInstanceOf(JournalAccessException.class);
  }

  /** Only somebody who asks for the records has to wait for them, and is told of them. */
  @Test
  void whatRecordsSayIsNotLookedAtBeforeItIsAskedFor() throws IOException {
    write();
    contradict();
    PreviousJournal previous = look();
    assertThat(previous.header()).isPresent();
    assertThat(previous.notices()).isEmpty();
    assertThat(previous.reasonToKeep()).isEmpty();

    assertThat(previous.contents()).isPresent();
    assertThat(previous.notices()).singleElement().asString().contains("cannot be understood");
    assertThat(previous.reasonToKeep()).contains("damaged");
  }

  /** Puts a file in the journal's place whose batches are whole and make no sense. */
  private void contradict() throws IOException {
    JournalFold fold = new JournalFold(header());
    setUp().forEach(fold::apply);
    FileSwitch fileSwitch = new FileSwitch(Disk.local(), file, header());
    try (JournalFile fresh = fileSwitch.write(fold.snapshot(), 1, Optional.empty(), false, false)) {
      Sink sink = Frame.sink();
      RecordCodec.write(sink, new MappingRemoved("nowhere", "nothing"));
      assertThat(fresh.write(sink, 1)).isTrue();
    }
  }

  private FrameScan.Found lastBatch() throws IOException {
    try (DiskFile opened = Disk.local().open(file, false)) {
      return FrameScan.of(opened).frames().getLast();
    }
  }

  @Test
  void whatLiesBehindTheLastAcknowledgedBatchIsLookedAtWithTheRecordsOnly() throws IOException {
    write();
    byte[] bytes = Files.readAllBytes(file);
    FrameScan.Found last = lastBatch();
    System.arraycopy(last.bytes(), 0, bytes, bytes.length - 64 * 1024, last.bytes().length);
    Files.write(file, bytes);
    PreviousJournal previous = look();
    assertThat(previous.header()).contains(header());
    assertThat(previous.notices()).isEmpty();
    assertThat(previous.contents()).isPresent();
    assertThat(previous.notices()).singleElement().asString().contains("twice");
  }

  @Test
  void theLastAcknowledgedBatchIsLookedAt() throws IOException {
    write();
    FrameScan.Found last = lastBatch();
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) last.at() + Frame.HEADER_BYTES] ^= 1;
    Files.write(file, bytes);
    PreviousJournal previous = look();
    assertThat(previous.notices()).isNotEmpty();
    assertThat(previous.reasonToKeep()).contains("damaged");
  }
}
