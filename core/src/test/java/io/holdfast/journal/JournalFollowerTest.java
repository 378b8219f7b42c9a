package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.fragmented;
import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journal.JournalFollower.Changed;
import io.holdfast.journal.JournalFollower.Damaged;
import io.holdfast.journal.JournalFollower.Event;
import io.holdfast.journal.JournalFollower.Moved;
import io.holdfast.journal.JournalFollower.Opened;
import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.journal.JournalRecord.Restored;
import io.holdfast.journal.JournalRecord.SealCancelled;
import io.holdfast.journal.JournalRecord.Sealed;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Following a journal: every change once, in order, wherever the journal goes. */
class JournalFollowerTest {
  @TempDir private Path temporary;
  private Path file;

  @BeforeEach
  void choosePath() {
    file = temporary.resolve("nic0").resolve("journal");
  }

  @Test
  void everyChangeIsToldOnceAndInOrder() {
    try (Journal journal = Journal.startOver(file, header());
        JournalFollower follower = JournalFollower.of(file)) {
      journal.append(setUp());
      assertThat(follower.poll()).containsExactly(new Opened(JournalReader.read(file)));
      assertThat(follower.poll()).isEmpty();
      journal.append(mapping(1), mapping(2));
      journal.append(new MappingRemoved("rings", "buffer-1"));
      assertThat(follower.poll())
          .containsExactly(
              new Changed(3, List.of(mapping(1), mapping(2))),
              new Changed(4, List.of(new MappingRemoved("rings", "buffer-1"))));
      journal.append(mapping("large", 0, fragmented(15_000)));
      assertThat(follower.poll())
          .singleElement()
          .isEqualTo(new Changed(6, List.of(mapping("large", 0, fragmented(15_000)))));
      assertThat(follower.poll()).isEmpty();
    }
  }

  @Test
  void itGoesAlongWhenTheJournalMovesAndMissesNothing() {
    List<JournalRecord> recorded = new ArrayList<>();
    JournalFold seen = new JournalFold(header());
    int moves = 0;
    try (Journal journal = Journal.startOver(file, header());
        JournalFollower follower = JournalFollower.of(file)) {
      follower.poll();
      append(journal, recorded, setUp());
      for (int i = 0; i < 130; i++) {
        append(journal, recorded, List.of(mapping("large-" + i, i, fragmented(50_000 + i))));
        append(journal, recorded, List.of(mapping(i)));
        if (i % 7 == 3) {
          append(journal, recorded, List.of(new MappingRemoved("rings", "large-" + i)));
          for (Event event : follower.poll()) {
            moves += see(event, seen);
          }
        }
      }
      for (Event event : follower.poll()) {
        moves += see(event, seen);
      }
      assertThat(moves).isGreaterThan(1);
      assertThat(seen.state()).isEqualTo(journal.contents().state());
    }
  }

  private static void append(
      Journal journal, List<JournalRecord> recorded, List<JournalRecord> records) {
    journal.append(records);
    recorded.addAll(records);
  }

  private static int see(Event event, JournalFold seen) {
    if (event instanceof Changed changed) {
      changed.records().forEach(seen::apply);
    }
    return event instanceof Moved ? 1 : 0;
  }

  @Test
  void whatChangedWhileItMovedIsToldAsRecords() {
    Sealed seal = new Sealed(Instant.parse("2026-03-01T12:00:00Z"), new byte[32]);
    JournalFold fold = new JournalFold(header());
    setUp().forEach(fold::apply);
    fold.apply(mapping(1));
    fold.apply(seal);
    JournalFold later = Fixtures.copy(fold);
    for (JournalRecord record :
        List.of(
            new SealCancelled(),
            new DeviceUnbound(Fixtures.ADDRESS),
            new MappingRemoved("rings", "buffer-1"),
            new JournalRecord.IoasRemoved("rings"),
            new IoasAdded("other"),
            new Restored(1, UUID.randomUUID()))) {
      later.apply(record);
    }
    JournalFold replayed = Fixtures.copy(fold);
    StateDifference.records(fold.state(), fold.seal(), later.state(), later.seal())
        .forEach(replayed::apply);
    assertThat(replayed.state()).isEqualTo(later.state());
    assertThat(replayed.seal()).isEqualTo(later.seal());
    JournalFold back = Fixtures.copy(later);
    StateDifference.records(later.state(), later.seal(), later.state(), later.seal())
        .forEach(record -> assertThat(record).isNull());
    assertThat(back.state()).isEqualTo(later.state());
  }

  @Test
  void anotherJournalInItsPlaceIsOpenedAnew() {
    Journal.startOver(file, header()).close();
    try (JournalFollower follower = JournalFollower.of(file)) {
      follower.poll();
      JournalHeader other =
          JournalHeader.ofThisProcess(new UUID(9, 9), "nic0", Fixtures.HOST, Fixtures.BOOT, 0);
      Journal.startOver(file, other).close();
      assertThat(follower.poll()).containsExactly(new Opened(JournalReader.read(file)));
    }
  }

  @Test
  void damageIsSaidOnceAndAMissingJournalRefused() throws IOException {
    assertThatThrownBy(() -> JournalFollower.of(file).poll())
        .isInstanceOf(JournalMissingException.class);
    try (Journal journal = Journal.startOver(file, header());
        JournalFollower follower = JournalFollower.of(file)) {
      journal.append(setUp());
      follower.poll();
      journal.append(mapping(1));
      byte[] bytes = Files.readAllBytes(file);
      int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("buffer-1");
      try (RandomAccessFile output = new RandomAccessFile(file.toFile(), "rw")) {
        output.seek(at);
        output.write('B');
      }
      assertThat(follower.poll())
          .containsExactly(new Damaged(List.of("missing or damaged: batch 3")));
      assertThat(follower.poll()).isEmpty();
    }
  }
}
