package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.fragmented;
import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.FaultInjectingDisk.Operation;
import io.holdfast.disk.FaultInjectingDisk.Step;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Appends go on while a journal moves: whenever the background work is done, what is on the disk is
 * what was acknowledged, after every single append.
 */
class JournalMoveTest {
  @TempDir private Path temporary;
  private Path file;
  private final List<Step> steps = new ArrayList<>();
  private final JournalFold acknowledged = new JournalFold(header());

  /** Whether drafts are refused. */
  private boolean noDrafts;

  /** Whether renames are. */
  private boolean noRenames;

  private final HeldDisk disk =
      new HeldDisk(step -> {
        steps.add(step);
        if (noDrafts && step.path().getFileName().toString().startsWith("journal.new-")) {
          throw new IOException("No space left on device");
        }
        if (noRenames && step.operation() == Operation.RENAME) {
          throw new IOException("Input/output error");
        }
      });

  @BeforeEach
  void choosePath() {
    file = temporary.resolve("nic0").resolve("journal");
  }

  private Journal begun() {
    Journal journal = Journal.startOver(disk, file, header(), List.of());
    append(journal, setUp());
    return journal;
  }

  /** A change, after which a process may be killed: the page cache has what is there then. */
  private void append(Journal journal, List<? extends JournalRecord> records) {
    journal.append(records);
    records.forEach(acknowledged::apply);
    check();
  }

  private void check() {
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.damage()).isEmpty();
    assertThat(contents.state()).isEqualTo(acknowledged.state());
  }

  private int fileNumber() {
    return JournalReader.scan(disk, file).fileNumber();
  }

  /** Something of everything that can happen to mappings, of 12 KiB or so each. */
  private List<JournalRecord> change(Random random, int number) {
    List<JournalRecord> records = new ArrayList<>();
    records.add(mapping("new-" + number, number, fragmented(3_000 + random.nextInt(1_000))));
    if (number > 2) {
      // The one before may be in the snapshot or not, and be removed, replaced or added again.
      int other = number - 1 - random.nextInt(2);
      switch (random.nextInt(4)) {
        case 0 -> records.add(mapping("new-" + other, other, fragmented(100)));
        case 1 -> {
          records.add(mapping("new-" + other, other, fragmented(7)));
          records.add(new MappingRemoved("rings", "new-" + other));
          records.add(mapping("new-" + other, other, fragmented(9)));
        }
        default -> {
          // It stays.
        }
      }
    }
    return records;
  }

  @Test
  void whateverIsAppendedDuringAMoveIsThereWheneverTheDraftIsDone() throws IOException {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    boolean[] synced = {false, true};
    for (boolean sync : synced) {
      for (int delay : new int[] {0, 1, 2, 5}) {
        file = temporary.resolve(sync + "-" + delay).resolve("journal");
        int moving = 0;
        acknowledged.apply(Fixtures.opened());
        try (Journal journal = begun()) {
          for (int number = 0; fileNumber() == 0 || number % 8 > 0; number++) {
            append(journal, change(random, number));
            if (sync && random.nextInt(3) == 0) {
              journal.sync();
              check();
            }
            moving++;
            if (moving > delay) {
              moving = 0;
              disk.release();
            }
          }
        }
        assertThat(siblings()).containsExactlyInAnyOrder("journal", "journal.lock");
      }
    }
  }

  @Test
  void appendsGoOnToTheOldFileUntilTheFreshOneHasEverything() {
    try (Journal journal = begun()) {
      int number = 0;
      while (!Files.exists(file.resolveSibling("journal.new-1"))) {
        append(journal, List.of(mapping("m-" + number, number, fragmented(2_000))));
        number++;
        // The draft is made, and nobody has looked at it yet.
        disk.release();
      }
      assertThat(fileNumber()).isZero();
      append(journal, List.of(mapping("during", number, fragmented(10))));
      assertThat(fileNumber()).isZero(); // The rename has begun.
      for (int i = 0; i < 3; i++) {
        append(journal, List.of(mapping("renaming-" + i, number, fragmented(10))));
        checkFresh();
      }
      disk.release();
      assertThat(fileNumber()).isEqualTo(1);
      check();
      append(journal, List.of(mapping("afterwards", number, fragmented(10))));
      append(journal, List.of(mapping("at the end", number, fragmented(10))));
    }
  }

  /** A process that is killed now may leave either file at the journal's path. */
  private void checkFresh() {
    JournalContents contents = JournalReader.read(file.resolveSibling("journal.new-1"));
    assertThat(contents.damage()).isEmpty();
    assertThat(contents.state()).isEqualTo(acknowledged.state());
  }

  /** A journal whose fresh file has everything, and is being renamed. */
  private Journal renaming() {
    Journal journal = begun();
    moving(journal, () -> {});
    disk.release();
    append(journal, List.of(mapping("during", 1_000, fragmented(10))));
    assertThat(disk.isHolding()).isTrue();
    checkFresh();
    return journal;
  }

  @Test
  void aSyncWaitsForTheRename() throws IOException {
    try (Journal journal = renaming()) {
      append(journal, List.of(mapping("renaming", 1_001, fragmented(10))));
      steps.clear();
      journal.sync();
      assertThat(fileNumber()).isEqualTo(1);
      assertThat(steps.stream().map(Step::operation))
          .containsSubsequence(Operation.RENAME, Operation.FORCE, Operation.FORCE_FOLDER);
      append(journal, List.of(mapping("afterwards", 1_002, fragmented(10))));
    }
    assertThat(siblings()).containsExactlyInAnyOrder("journal", "journal.lock");
  }

  @Test
  void aJournalThatIsClosedWhileItsFreshFileIsRenamedIsWhole() throws IOException {
    for (boolean done : new boolean[] {false, true}) {
      file = temporary.resolve("closed-" + done).resolve("journal");
      acknowledged.apply(Fixtures.opened());
      Journal journal = renaming();
      append(journal, List.of(mapping("renaming", 1_001, fragmented(10))));
      if (done) {
        disk.release();
      }
      journal.close();
      assertThat(siblings()).containsExactlyInAnyOrder("journal", "journal.lock");
      check();
    }
  }

  @Test
  void aRenameThatFailsLeavesTheOldFileAndIsTriedAgain() throws IOException {
    try (Journal journal = renaming()) {
      noRenames = true;
      append(journal, List.of(mapping("renaming", 1_001, fragmented(10))));
      disk.release();
      append(journal, List.of(mapping("failed", 1_002, fragmented(10))));
      assertThat(fileNumber()).isZero();
      assertThat(siblings()).containsExactlyInAnyOrder("journal", "journal.lock");
      noRenames = false;
      for (int i = 0; fileNumber() == 0; i++) {
        append(journal, List.of(mapping("later-" + i, 2_000 + i, fragmented(2_000))));
        disk.release();
      }
    }
  }

  @Test
  void whatASyncHasPromisedDuringTheMoveIsForcedBeforeTheFreshFileIsPutInPlace() {
    try (Journal journal = begun()) {
      journal.sync();
      moving(journal, () -> journal.append(mapping("during", 1_000, fragmented(10))));
      acknowledged.apply(mapping("during", 1_000, fragmented(10)));
      journal.sync();
      steps.clear();
      for (int i = 0; fileNumber() == 0; i++) {
        append(journal, List.of(mapping("later-" + i, 1_001 + i, fragmented(10))));
        disk.release();
      }
      // Once with the snapshot, and once more with what came since.
      assertThat(steps.stream().map(Step::operation))
          .containsSubsequence(
              Operation.CREATE, Operation.FORCE, Operation.FORCE, Operation.RENAME);
    }
  }

  @Test
  void aSyncEndsAMoveThatLacksNothing() {
    try (Journal journal = begun()) {
      journal.sync();
      moving(journal, () -> {});
      disk.release();
      journal.append(mapping("during", 1_000, fragmented(10)));
      acknowledged.apply(mapping("during", 1_000, fragmented(10)));
      journal.sync();
      assertThat(fileNumber()).isEqualTo(1);
      check();
    }
  }

  @Test
  void aClosedJournalLeavesNothingOfItsMove() throws IOException {
    Journal journal = begun();
    moving(journal, () -> {});
    journal.close();
    assertThat(siblings()).containsExactlyInAnyOrder("journal", "journal.lock");
    check();
  }

  @Test
  void aMoveThatFailsIsTriedAgainWhileTheOldFileTakesWhatComes() {
    try (Journal journal = begun()) {
      noDrafts = true;
      moving(journal, () -> {});
      for (int i = 0; i < 3; i++) {
        disk.release();
        append(journal, List.of(mapping("during-" + i, 1_000 + i, fragmented(10))));
      }
      assertThat(fileNumber()).isZero();
      noDrafts = false;
      for (int i = 0; fileNumber() == 0; i++) {
        append(journal, List.of(mapping("later-" + i, 2_000 + i, fragmented(2_000))));
        disk.release();
      }
    }
  }

  /** Appends until a move has begun and has come nowhere yet; then does something. */
  private void moving(Journal journal, Runnable action) {
    for (int i = 0; !disk.isHolding(); i++) {
      append(journal, List.of(mapping("m-" + i, i, fragmented(2_000))));
    }
    action.run();
  }

  private List<String> siblings() throws IOException {
    try (Stream<Path> files = Files.list(file.getParent())) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }
}
