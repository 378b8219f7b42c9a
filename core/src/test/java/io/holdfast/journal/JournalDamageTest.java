package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskFile;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files: what is read is always what was recorded up to some point, and a loss is always
 * named.
 */
class JournalDamageTest {
  private static final long SEED = Long.getLong("holdfast.seed", 20261122);
  private static final int ROUNDS = Integer.getInteger("holdfast.damage.rounds", 200);

  /** In a long run every byte of what comes before the batches, otherwise every so many. */
  private static final int STRIDE = ROUNDS < 2000 ? 11 : 1;

  private static final int MAPPINGS = 12;

  /** Where nothing has been written yet. */
  private static final long UNUSED_AT = 0x40000;

  @TempDir private Path temporary;
  private Path file;
  private byte[] whole;

  /** The state after each batch, from the header on. */
  private final List<SessionState> states = new ArrayList<>();

  private List<FrameScan.Found> frames;

  @BeforeEach
  void writeJournal() throws IOException {
    file = temporary.resolve("nic0").resolve("journal");
    try (Journal journal = Journal.startOver(file, header())) {
      states.add(null);
      states.add(journal.contents().state());
      states.add(journal.contents().state());
      journal.append(setUp());
      for (int i = 0; i < MAPPINGS; i++) {
        states.add(journal.contents().state());
        journal.append(mapping(i));
      }
      states.add(journal.contents().state());
    }
    whole = Files.readAllBytes(file);
    try (DiskFile input = Disk.local().open(file, false)) {
      frames = new ArrayList<>(FrameScan.of(input).frames());
    }
    frames.sort(Comparator.comparingLong(FrameScan.Found::sequence));
    assertThat(frames).hasSize(states.size() - 1);
  }

  private void patch(long at, byte... bytes) throws IOException {
    try (RandomAccessFile output = new RandomAccessFile(file.toFile(), "rw")) {
      output.seek(at);
      output.write(bytes);
    }
  }

  /** Reads what must be the first {@code batches} batches, with a loss named. */
  private JournalContents readsUpTo(int batches) {
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.batches()).isEqualTo(batches);
    assertThat(contents.state()).isEqualTo(states.get(batches));
    assertThat(contents.damage()).isNotEmpty();
    return contents;
  }

  @Test
  void aFlippedByteInABatchEndsTheSequenceThereAndSaysSo() throws IOException {
    for (int index = 1; index < frames.size(); index++) {
      FrameScan.Found frame = frames.get(index);
      for (int at = 0; at < frame.bytes().length; at += 23) {
        patch(frame.at() + at, (byte) (frame.bytes()[at] ^ 0x10));
        assertThat(readsUpTo(index).damage())
            .contains("missing or damaged: batch " + index)
            .anyMatch(line -> line.contains("everything after them is lost"));
        patch(frame.at() + at, frame.bytes()[at]);
      }
    }
    assertThat(JournalReader.read(file).damage()).isEmpty();
  }

  @Test
  void aFlippedByteInTheFirstBatchLeavesNothingAndSaysSo() throws IOException {
    FrameScan.Found frame = frames.getFirst();
    for (int at = 0; at < frame.bytes().length; at++) {
      patch(frame.at() + at, (byte) (frame.bytes()[at] ^ 1));
      assertThatThrownBy(() -> JournalReader.read(file))
          .isInstanceOf(JournalDamagedException.class)
          .hasMessageContaining("first batch");
      patch(frame.at() + at, frame.bytes()[at]);
    }
  }

  @Test
  void aFlippedByteOfChroniclesHeaderIsNoticedByNobody() throws IOException {
    for (int at = 0; at < frames.getFirst().at(); at += STRIDE) {
      patch(at, (byte) (whole[at] ^ 0xff));
      JournalContents contents = JournalReader.read(file);
      assertThat(contents.damage()).as("byte %d", at).isEmpty();
      assertThat(contents.batches()).isEqualTo(frames.size());
      patch(at, whole[at]);
    }
    assertThat(JournalReader.read(file).state()).isEqualTo(states.getLast());
  }

  @Test
  void aFlippedByteOfTheTailPageIsSaidOrDoesNotMatter() throws IOException {
    int tailAt = whole.length - Tail.BYTES;
    for (int at = tailAt; at < whole.length; at += at < tailAt + 128 ? 1 : STRIDE) {
      patch(at, (byte) (whole[at] ^ 0x20));
      JournalContents contents = JournalReader.read(file);
      assertThat(contents.batches()).as("byte %d", at).isEqualTo(frames.size());
      boolean matters = at < tailAt + Tail.CELL_AT + 8;
      assertThat(contents.damage()).as("byte %d", at - tailAt).hasSize(matters ? 1 : 0);
      patch(at, whole[at]);
    }
  }

  @Test
  void aLastBatchThatIsWipedOutIsMissed() throws IOException {
    FrameScan.Found last = frames.getLast();
    patch(last.at(), new byte[last.bytes().length]);
    assertThat(readsUpTo(frames.size() - 1).damage())
        .contains("missing or damaged: batch " + (frames.size() - 1));
  }

  @Test
  void aTailThatWasNotAcknowledgedIsNotThere() throws IOException {
    // What a process leaves that is killed between writing a batch and acknowledging it: all of it,
    // or a part.
    int cellAt = whole.length - Tail.BYTES + Tail.CELL_AT;
    byte[] cell = new byte[8];
    Frame.LONGS.set(cell, 0, Tail.cell(frames.size() - 1));
    patch(cellAt, cell);
    FrameScan.Found last = frames.getLast();
    for (int kept : new int[] {last.bytes().length, last.bytes().length - 1, 60, 10, 0}) {
      byte[] torn = Arrays.copyOf(Arrays.copyOf(last.bytes(), kept), last.bytes().length);
      patch(last.at(), torn);
      JournalContents contents = JournalReader.read(file);
      assertThat(contents.damage()).isEmpty();
      assertThat(contents.state()).isEqualTo(states.get(frames.size() - 1));
    }
  }

  @Test
  void aDamagedCountOfBatchesIsSaidAndNothingElseIsLost() throws IOException {
    int cellAt = whole.length - Tail.BYTES + Tail.CELL_AT;
    for (int at = 0; at < 8; at++) {
      byte old = whole[cellAt + at];
      patch(cellAt + (long) at, (byte) (old ^ 4));
      assertThat(readsUpTo(frames.size()).damage())
          .containsExactly(
              "the count of acknowledged batches is damaged, so the last ones may be missing");
      patch(cellAt + (long) at, old);
    }
  }

  @Test
  void chroniclesOwnStructuresDoNotMatter() throws IOException {
    Random random = new Random(SEED);
    byte[] noise = new byte[8192];
    random.nextBytes(noise);
    patch(0, noise);
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.damage()).isEmpty();
    assertThat(contents.state()).isEqualTo(states.getLast());
  }

  @Test
  void aFileCutShortIsSaidToBe() throws IOException {
    Random random = new Random(SEED);
    for (int round = 0; round < 15; round++) {
      Files.write(file, Arrays.copyOf(whole, 1 + random.nextInt(whole.length - 1)));
      try {
        JournalContents contents = JournalReader.read(file);
        assertThat(contents.state()).isEqualTo(states.get((int) contents.batches()));
        assertThat(contents.damage()).anyMatch(line -> line.contains("cut short"));
      } catch (JournalDamagedException | JournalForeignException | JournalEmptyException e) {
        assertThat(e).hasMessageContaining(file.toString());
      }
    }
  }

  @Test
  void whateverHappensToTheFileNothingWrongIsReadAndLossesAreNamed() throws IOException {
    System.out.println("JournalDamageTest: replay with -Dholdfast.seed=" + SEED);
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(file, damaged(random));
      try {
        JournalContents contents = JournalReader.read(file);
        assertThat(contents.state())
            .as("round %d", round)
            .isEqualTo(states.get((int) contents.batches()));
        if (contents.batches() < frames.size()) {
          assertThat(contents.damage()).as("round %d", round).isNotEmpty();
        }
      } catch (JournalException e) {
        assertThat(e.remedy()).isNotEmpty();
      }
    }
  }

  private byte[] damaged(Random random) {
    byte[] bytes = whole.clone();
    FrameScan.Found frame = frames.get(random.nextInt(frames.size()));
    int page = (int) (frame.at() / 4096);
    int otherPage = random.nextInt(bytes.length / 4096);
    switch (random.nextInt(6)) {
      case 0 ->
          bytes[(int) frame.at() + random.nextInt(frame.bytes().length)] ^=
              (byte) (1 << random.nextInt(8));
      case 1 -> Arrays.fill(bytes, page * 4096, page * 4096 + 4096, (byte) 0);
      case 2 -> {
        byte[] noise = new byte[4096];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, bytes, page * 4096, 4096);
      }
      case 3 -> {
        System.arraycopy(whole, page * 4096, bytes, otherPage * 4096, 4096);
        System.arraycopy(whole, otherPage * 4096, bytes, page * 4096, 4096);
      }
      case 4 -> {
        return Arrays.copyOf(bytes, (int) frame.at() + random.nextInt(8192));
      }
      default -> {
        byte[] twice = Arrays.copyOf(bytes, 2 * bytes.length);
        byte[] other = damaged(random);
        System.arraycopy(other, 0, twice, bytes.length, Math.min(bytes.length, other.length));
        return twice;
      }
    }
    return bytes;
  }

  /** A frame with the payload of another. */
  private static byte[] frame(UUID journal, long sequence, byte[] like) {
    byte[] frame = like.clone();
    Frame.begin(frame, journal, 0);
    Frame.finish(frame, 0, frame.length, Frame.BEGIN | Frame.END, sequence, 1, new CRC32C());
    return frame;
  }

  @Test
  void batchesOfAnotherJournalAreNotApplied() throws IOException {
    byte[] foreign = frame(new UUID(5, 6), frames.size(), frames.getLast().bytes());
    patch(UNUSED_AT, foreign);
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.state()).isEqualTo(states.getLast());
    assertThat(contents.damage())
        .containsExactly(
            "batch 15 at 0x40000 belongs to journal 00000000-0000-0005-0000-000000000006, file 0,"
                + " and was not applied");
  }

  @Test
  void aBatchThatIsThereTwiceIsSaidAndOneThatContradictsItselfIsLost() throws IOException {
    FrameScan.Found frame = frames.get(5);
    patch(UNUSED_AT, frame.bytes());
    assertThat(readsUpTo(frames.size()).damage())
        .hasSize(1)
        .allMatch(line -> line.contains("twice"));
    byte[] other = frame(Fixtures.JOURNAL, 5, frames.get(6).bytes());
    patch(UNUSED_AT, other);
    assertThat(readsUpTo(5).damage()).anyMatch(line -> line.contains("with different content"));
  }

  @Test
  void aNewerFormatIsRefusedByName() throws IOException {
    for (FrameScan.Found frame : frames) {
      byte[] newer = frame.bytes().clone();
      newer[8] = Frame.VERSION + 1;
      Frame.INTS.set(newer, 16, Frame.checksum(newer, 0, newer.length, new CRC32C()));
      patch(frame.at(), newer);
    }
    assertThatThrownBy(() -> JournalReader.read(file))
        .isInstanceOf(JournalTooNewException.class)
        .hasMessageContaining("format " + (Frame.VERSION + 1))
        .hasMessageContaining("knows format " + Frame.VERSION);
  }

  @Test
  void otherFilesAreCalledWhatTheyAre() throws IOException {
    Files.write(file, new byte[0]);
    assertThatThrownBy(() -> JournalReader.read(file)).isInstanceOf(JournalEmptyException.class);
    Files.write(file, new byte[100_000]);
    assertThatThrownBy(() -> JournalReader.read(file))
        .isInstanceOf(JournalEmptyException.class)
        .hasMessageContaining("100000 zeroes");
    Files.writeString(file, "PNG or whatever\n");
    assertThatThrownBy(() -> JournalReader.read(file))
        .isInstanceOf(JournalForeignException.class)
        .hasMessageContaining("0x504e47206f722077");
    byte[] noise = new byte[1 << 20];
    new Random(SEED).nextBytes(noise);
    Files.write(file, noise);
    assertThatThrownBy(() -> JournalReader.read(file)).isInstanceOf(JournalForeignException.class);
    Files.write(file, Arrays.copyOf(whole, 300));
    assertThatThrownBy(() -> JournalReader.read(file)).isInstanceOf(JournalDamagedException.class);
    Files.delete(file);
    assertThatThrownBy(() -> JournalReader.read(file)).isInstanceOf(JournalMissingException.class);
  }

  @Test
  void aDamagedJournalIsGoneOnWithFromWhatIsLeftAndKeptAside() throws IOException {
    FrameScan.Found frame = frames.get(10);
    patch(frame.at() + 60, (byte) ~frame.bytes()[60]);
    JournalContents contents = readsUpTo(10);
    byte[] evidence = Files.readAllBytes(file);
    try (Journal journal = Fixtures.goOn(Disk.local(), file, header(), contents)) {
      assertThat(journal.contents().state()).isEqualTo(states.get(10));
      journal.append(mapping(100));
    }
    JournalContents after = JournalReader.read(file);
    assertThat(after.damage()).isEmpty();
    List<MappingState> expected = new ArrayList<>(states.get(10).ioases().getFirst().mappings());
    expected.add(mapping(100).mapping());
    assertThat(after.state().ioases().getFirst().mappings()).isEqualTo(expected);
    try (var files = Files.list(file.getParent())) {
      List<Path> aside =
          files
              .filter(path -> path.getFileName().toString().startsWith("journal.damaged-"))
              .toList();
      assertThat(aside).hasSize(1);
      assertThat(Files.readAllBytes(aside.getFirst())).isEqualTo(evidence);
    }
  }
}
