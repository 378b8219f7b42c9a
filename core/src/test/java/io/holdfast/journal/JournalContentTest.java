package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.SessionState;
import io.holdfast.serializer.Sink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a journal says whose checksums are right and whose content is wrong: it is damaged. */
class JournalContentTest {
  private static final int IOAS_ADDED = 4;

  @TempDir private Path temporary;
  private Path file;

  @BeforeEach
  void choosePath() {
    file = temporary.resolve("nic0").resolve("journal");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 127, 128, 200})
  void aNameThatIsTooLongInBytesIsDamageAndNeverAnotherException(int letters) throws IOException {
    boolean fits = letters > 0 && letters <= 127;
    JournalContents contents = withIoasNamed("ü".repeat(letters));
    if (fits) {
      assertThat(contents.damage()).isEmpty();
      assertThat(contents.state().ioases()).hasSize(2);
    } else {
      assertThat(contents.damage()).singleElement().asString().contains("the name of an IOAS");
      assertThat(contents.state().ioases()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u001b]0;x\u0007", "a\u202eb", "a\u2028b", "a\u200bb", "a\u0085b"})
  void aNameThatWouldDisturbATerminalIsDamage(String name) throws IOException {
    JournalContents contents = withIoasNamed(name);
    assertThat(contents.damage()).hasSize(1);
    assertThat(contents.damage().getFirst()).doesNotContain(name);
    assertThat(contents.state().ioases()).hasSize(1);
  }

  /** A journal with a good change, then one with this name, then a good one. */
  private JournalContents withIoasNamed(String name) throws IOException {
    Sink good = new Sink();
    setUp().forEach(record -> RecordCodec.write(good, record));
    Sink bad = new Sink();
    bad.u8(IOAS_ADDED);
    int lengthAt = bad.reserve32();
    int start = bad.size();
    // The first field, the empty list that is the second, and the end of the record.
    bad.u8(1);
    bad.text(name);
    bad.u8(2);
    bad.varint(0);
    bad.u8(0);
    bad.patch(lengthAt, bad.size() - start);
    Sink after = new Sink();
    RecordCodec.write(after, mapping(1));
    ForgedJournal.write(file, header(), List.of(good, bad, after), List.of(4, 1, 1));
    return JournalReader.read(file);
  }

  @Test
  void aHeaderWithAWrongNameIsADamagedJournal() throws IOException {
    ForgedJournal.write(
        file,
        header(),
        sink -> {
          // The session's name is the first text of the header.
          Sink renamed = new Sink();
          renamed.u64(0);
          renamed.text("a/b0");
          System.arraycopy(renamed.bytes(), 8, sink.bytes(), 8, renamed.size() - 8);
        },
        List.of(),
        List.of());
    assertThatThrownBy(() -> JournalReader.read(file))
        .isInstanceOf(JournalDamagedException.class)
        .hasMessageContaining("not a session name");
  }

  @Test
  void whatIsRefusedIsNotRecorded() {
    SessionState before;
    try (Journal journal = Journal.startOver(file, header())) {
      journal.append(setUp());
      before = journal.contents().state();
      assertThatThrownBy(() -> journal.append(new JournalRecord.IoasAdded("ü".repeat(200))))
          .isInstanceOf(IllegalArgumentException.class);
      journal.append(mapping(1));
    }
    assertThat(Files.exists(file)).isTrue();
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.damage()).isEmpty();
    assertThat(contents.state().files()).isEqualTo(before.files());
  }
}
