package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.mapping;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.FileRemoved;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.IoasRemoved;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.journal.JournalRecord.Restored;
import io.holdfast.journal.JournalRecord.Sealed;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each record does to the state. */
class JournalFoldTest {
  private final JournalFold fold = new JournalFold(Fixtures.header());

  @BeforeEach
  void setUp() {
    Fixtures.setUp().forEach(fold::apply);
    fold.apply(mapping(1));
  }

  @Test
  void aLaterRecordWithTheSameKeyReplacesTheEarlierInItsPlace() {
    fold.apply(mapping(2));
    fold.apply(mapping("buffer-1", 1, Fixtures.fragmented(3)));
    assertThat(fold.state().ioases().getFirst().mappings())
        .containsExactly(
            mapping("buffer-1", 1, Fixtures.fragmented(3)).mapping(), mapping(2).mapping());
    BackingFile larger = new BackingFile(1, "pool-1", 1L << 40, BackingFile.Origin.POOL);
    fold.apply(new FileAdded(larger));
    assertThat(fold.state().files()).containsExactly(larger);
  }

  @Test
  void removalsUndoWhatWasAdded() {
    fold.apply(new DeviceUnbound(Fixtures.ADDRESS));
    fold.apply(new IoasRemoved("rings"));
    fold.apply(new FileRemoved(1));
    assertThat(fold.state()).isEqualTo(new JournalFold(Fixtures.header()).state());
  }

  static List<JournalRecord> contradictions() {
    return List.of(
        new FileRemoved(2),
        new FileRemoved(1),
        new IoasAdded("rings"),
        new IoasRemoved("none"),
        new IoasRemoved("rings"),
        new MappingRemoved("rings", "none"),
        new MappingRemoved("none", "buffer-1"),
        new DeviceUnbound(PciAddress.parse("00:05.0")),
        new DeviceBound(
            new DeviceState(Fixtures.ADDRESS, Fixtures.IDENTITY, "none", Policy.REQUIRED)),
        new JournalRecord.MappingAdded("none", mapping(2).mapping()));
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void aContradictionIsRefusedAndChangesNothing(JournalRecord record) {
    SessionState before = fold.state();
    assertThatThrownBy(() -> fold.apply(record))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("cannot record " + record);
    assertThat(fold.state()).isEqualTo(before);
  }

  @Test
  void aRestoreCountsTheGenerationAndTheBootAndEndsTheSeal() {
    fold.apply(new Sealed(Instant.ofEpochSecond(1), new byte[32]));
    UUID nextBoot = new UUID(3, 4);
    fold.apply(new Restored(1, nextBoot));
    assertThat(fold.seal()).isEmpty();
    assertThat(fold.state().generation()).isEqualTo(1);
    assertThat(fold.state().bootChain()).containsExactly(Fixtures.BOOT, nextBoot);
    assertThat(fold.state().bootId()).isEqualTo(nextBoot);
  }

  @Test
  void aSessionOpenedForgetsWhatWasBefore() {
    fold.apply(Fixtures.opened());
    assertThat(fold.state()).isEqualTo(new JournalFold(Fixtures.header()).state());
  }

  @Test
  void itsOwnRecordsAmountToTheSameState() {
    fold.apply(new Sealed(Instant.ofEpochSecond(1), new byte[32]));
    JournalFold other = new JournalFold(Fixtures.header());
    fold.snapshot().forEachRecord(other::apply);
    assertThat(other.state()).isEqualTo(fold.state());
    assertThat(other.seal()).isEqualTo(fold.seal());
    assertThat(Fixtures.copy(fold).state()).isEqualTo(fold.state());
  }
}
