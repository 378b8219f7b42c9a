package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.fragmented;
import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journal.JournalRecord.FileRemoved;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.journal.JournalRecord.Sealed;
import io.holdfast.model.ExtentList;
import io.holdfast.model.MappingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a journal promises while nothing goes wrong. */
class JournalTest {
  @TempDir private Path temporary;
  private Path file;

  @BeforeEach
  void choosePath() {
    file = temporary.resolve("nic0").resolve("journal");
  }

  private JournalContents read() {
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.damage()).isEmpty();
    return contents;
  }

  private List<MappingState> mappings() {
    return read().state().ioases().getFirst().mappings();
  }

  @Test
  void whatIsAppendedIsReadWhileTheWriterHasItOpenAndAfterwards() {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      journal.append(mapping(1), mapping(2));
      journal.append(new MappingRemoved("rings", "buffer-1"));
      JournalContents live = read();
      assertThat(live.header()).isEqualTo(header());
      assertThat(live.state().ioases().getFirst().mappings()).containsExactly(mapping(2).mapping());
      assertThat(live.batches()).isEqualTo(5);
      journal.sync();
      assertThat(journal.contents()).isEqualTo(live);
    }
    assertThat(mappings()).containsExactly(mapping(2).mapping());
  }

  @Test
  void aSealIsPartOfTheContents() {
    Sealed seal = new Sealed(Instant.parse("2026-03-01T12:00:00.123456789Z"), new byte[32]);
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      assertThat(read().seal()).isEmpty();
      assertThat(read().state().sealedAt()).isEmpty();
      journal.append(seal);
      assertThat(read().seal()).contains(seal);
      assertThat(read().state().sealedAt()).contains(seal.at());
      journal.append(new JournalRecord.SealCancelled());
      assertThat(read().seal()).isEmpty();
    }
  }

  @Test
  void aJournalWithoutRecordsIsTheEmptySessionOfItsHeader() {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.sync();
      assertThat(read().state()).isEqualTo(new JournalFold(header()).state());
      assertThat(read().state().name()).isEqualTo("nic0");
    }
  }

  @Test
  void aMappingOfAMillionExtentsIsSplitAndReadWhole() throws IOException {
    ExtentList extents = fragmented(1_000_000);
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      journal.append(mapping("huge", 0, extents));
      journal.append(mapping(1));
      assertThat(mappings())
          .containsExactly(mapping("huge", 0, extents).mapping(), mapping(1).mapping());
      journal.append(mapping("huger", 2, extents), mapping(3));
      assertThat(mappings()).hasSize(4);
    }
    assertThat(mappings().get(2).extents()).isEqualTo(extents);
  }

  @Test
  void itGrowsAndShrinksByItself() throws IOException {
    List<MappingState> expected = new ArrayList<>();
    long largest;
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      long first = Files.size(file);
      for (int i = 0; i < 300; i++) {
        MappingAdded added = mapping("large-" + i, i, fragmented(20_000 + i));
        journal.append(added);
        expected.add(added.mapping());
      }
      largest = Files.size(file);
      assertThat(largest).isGreaterThan(first);
      assertThat(mappings()).isEqualTo(expected);
      journal.append(
          IntStream.range(1, 300)
              .mapToObj(i -> new MappingRemoved("rings", "large-" + i))
              .toList());
      for (int i = 0; i < 1200; i++) {
        journal.append(mapping("large-0", 0, fragmented(20_000 + i)));
      }
      assertThat(Files.size(file)).isLessThan(largest / 4);
    }
    assertThat(mappings()).containsExactly(mapping("large-0", 0, fragmented(21_199)).mapping());
    assertThat(siblings()).containsExactlyInAnyOrder("journal", "journal.lock");
  }

  private List<String> siblings() throws IOException {
    try (Stream<Path> files = Files.list(file.getParent())) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Test
  void aRecordThatContradictsTheStateIsRefusedAndNothingOfItsChangeIsRecorded() {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      JournalContents before = read();
      assertThatThrownBy(() -> journal.append(mapping(1), new FileRemoved(7)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("FileRemoved[token=7]");
      assertThat(read()).isEqualTo(before);
      journal.append(mapping(2));
      assertThat(mappings()).containsExactly(mapping(2).mapping());
    }
  }

  @Test
  void manyThreadsAppendToOneJournal() throws InterruptedException {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      List<Thread> threads =
          IntStream.range(0, 4)
              .mapToObj(t ->
                  Thread.ofPlatform()
                      .start(() ->
                          IntStream.range(0, 500)
                              .forEach(i -> journal.append(mapping(t * 500 + i)))))
              .toList();
      for (Thread thread : threads) {
        thread.join();
      }
    }
    // How many batches there are depends on whether the journal has moved meanwhile.
    assertThat(mappings()).hasSize(2_000);
  }

  @Test
  void anInterruptedThreadSyncsAndStaysInterrupted() {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      Thread.currentThread().interrupt();
      journal.sync();
      assertThat(Thread.interrupted()).isTrue();
      journal.append(mapping(1));
      journal.sync();
    }
    assertThat(mappings()).hasSize(1);
  }

  @Test
  void filesAndFolderArePrivate() throws IOException {
    try (Journal journal = Journal.startOver(file, header())) {
      journal.sync();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
          .isEqualTo("rwx------");
      for (String name : siblings()) {
        assertThat(
                PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(file.resolveSibling(name))))
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void afterClosingNothingIsRecorded() {
    Journal journal = Journal.startOver(file, header());
    journal.close();
    journal.close();
    assertThatThrownBy(() -> journal.append(setUp())).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(journal::sync).isInstanceOf(IllegalStateException.class);
  }
}
