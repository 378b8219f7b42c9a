package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.fragmented;
import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.disk.FaultInjectingDisk.Fault;
import io.holdfast.disk.FaultInjectingDisk.Operation;
import io.holdfast.disk.FaultInjectingDisk.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each operation on the disk fails once: the error is told, or the operation is tried again where
 * nobody waited for it, and nothing that was there is lost.
 */
class JournalFaultTest {
  private static final String REASON = "Input/output error";

  @TempDir private Path temporary;

  /** A piece of work that remembers what was acknowledged, and goes on after each refusal. */
  private static final class Work {
    final FaultInjectingDisk disk;
    final Path file;
    final JournalFold acknowledged = new JournalFold(header());
    final List<JournalIoException> refusals = new ArrayList<>();

    Work(FaultInjectingDisk disk, Path file) {
      this.disk = disk;
      this.file = file;
    }

    void run() {
      try (Journal journal = retried(() -> Journal.startOver(disk, file, header(), List.of()))) {
        append(journal, setUp());
        for (int i = 0; i < 12; i++) {
          // Large enough to make the file move now and then, durable or not.
          append(journal, List.of(mapping("large-" + i, i * 20_000, fragmented(20_000))));
          if (i % 4 == 0) {
            retried(() -> {
              journal.sync();
              return journal;
            });
          }
        }
      }
      JournalContents contents = JournalReader.read(file);
      try (Journal journal =
          retried(() -> Fixtures.goOn(disk, file, header(), JournalReader.read(file)))) {
        assertThat(journal.contents().state()).isEqualTo(contents.state());
        append(journal, List.of(mapping(1)));
      }
    }

    private void append(Journal journal, List<? extends JournalRecord> records) {
      retried(() -> {
        journal.append(records);
        return journal;
      });
      records.forEach(acknowledged::apply);
      check();
    }

    private Journal retried(Supplier<Journal> attempt) {
      try {
        return attempt.get();
      } catch (JournalIoException e) {
        refusals.add(e);
        check();
        return attempt.get();
      }
    }

    /** What is on the disk is what was acknowledged. */
    private void check() {
      try {
        JournalContents contents = JournalReader.read(file);
        assertThat(contents.damage()).isEmpty();
        assertThat(contents.state()).isEqualTo(acknowledged.state());
      } catch (JournalMissingException e) {
        assertThat(acknowledged.state()).isEqualTo(new JournalFold(header()).state());
      }
    }
  }

  @Test
  void everyRefusalOfTheDiskIsToldOrTriedAgainAndNothingIsLost() {
    List<Step> steps = new ArrayList<>();
    new Work(new FaultInjectingDisk(Disk.local(), steps::add), temporary.resolve("clean/journal"))
        .run();
    assertThat(steps.stream().map(Step::operation))
        .contains(Operation.CREATE, Operation.WRITE, Operation.FORCE, Operation.RENAME);
    for (Step step : steps) {
      FaultInjectingDisk disk =
          new FaultInjectingDisk(Disk.local(), Fault.refuse(step.number(), REASON));
      Work work = new Work(disk, temporary.resolve("refused-" + step.number()).resolve("journal"));
      work.run();
      if (work.refusals.isEmpty()) {
        // Nobody waited for it: the old file had room, and another move was made later.
        assertThat(step.path().getFileName().toString()).as("%s", step).startsWith("journal");
        assertThat(disk.steps()).as("%s", step).isGreaterThan(steps.size());
        continue;
      }
      assertThat(work.refusals).as("%s", step).hasSize(1);
      assertThat(work.refusals.getFirst())
          .hasMessageContaining(REASON)
          .hasMessageContaining(work.file.getParent().toString());
      assertThat(work.refusals.getFirst().remedy()).isNotEmpty();
    }
  }

  @Test
  void aFailedSyncIsAnErrorUntilAFreshFileIsOnTheDisk() {
    Path file = temporary.resolve("nic0").resolve("journal");
    List<Operation> afterwards = new ArrayList<>();
    boolean[] failing = {false};
    FaultInjectingDisk disk =
        new FaultInjectingDisk(
            Disk.local(),
            step -> {
              afterwards.add(step.operation());
              if (failing[0] && step.operation() == Operation.FORCE) {
                throw new IOException("Input/output error");
              }
            });
    try (Journal journal = Journal.startOver(disk, file, header(), List.of())) {
      journal.append(setUp());
      failing[0] = true;
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(journal::sync)
            .isInstanceOf(JournalIoException.class)
            .hasMessageContaining("Input/output error");
      }
      journal.append(mapping(1));
      failing[0] = false;
      afterwards.clear();
      journal.sync();
      // The kernel marks pages clean whose writing has failed: only a fresh file proves anything.
      assertThat(afterwards)
          .containsExactly(
              Operation.CREATE,
              Operation.WRITE,
              Operation.FORCE,
              Operation.RENAME,
              Operation.FORCE,
              Operation.FORCE_FOLDER);
      assertThat(JournalReader.read(file).state().ioases().getFirst().mappings()).hasSize(1);
    }
  }

  @Test
  void aDraftThatCouldNotEvenBeRemovedIsNotInTheWay() {
    Path file = temporary.resolve("nic0").resolve("journal");
    boolean[] failing = {false};
    FaultInjectingDisk disk =
        new FaultInjectingDisk(
            Disk.local(),
            step -> {
              if (failing[0] && step.operation() != Operation.CREATE) {
                throw new IOException(REASON);
              }
            });
    try (Journal journal = Journal.startOver(disk, file, header(), List.of())) {
      journal.append(setUp());
      failing[0] = true;
      assertThatThrownBy(() -> journal.append(mapping("large", 0, fragmented(200_000))))
          .isInstanceOf(JournalIoException.class);
      failing[0] = false;
      assertThat(file.resolveSibling("journal.new-1")).exists();
      journal.append(mapping("large", 0, fragmented(200_000)));
      assertThat(JournalReader.read(file).state()).isEqualTo(journal.contents().state());
      assertThat(file.resolveSibling("journal.new-1")).doesNotExist();
    }
  }

  @Test
  void whatNobodyWasPromisedIsNotForcedWhenTheFileMoves() {
    Path file = temporary.resolve("nic0").resolve("journal");
    List<Operation> steps = new ArrayList<>();
    FaultInjectingDisk disk =
        new FaultInjectingDisk(Disk.local(), step -> steps.add(step.operation()));
    try (Journal journal = Journal.startOver(disk, file, header(), List.of())) {
      journal.append(setUp());
      steps.clear();
      journal.append(mapping("large", 0, fragmented(200_000)));
      assertThat(steps).containsExactly(Operation.CREATE, Operation.WRITE, Operation.RENAME);
      journal.sync();
      steps.clear();
      for (int i = 0; steps.isEmpty(); i++) {
        journal.append(mapping("larger-" + i, 1, fragmented(200_000)));
      }
      assertThat(steps)
          .containsExactly(Operation.CREATE, Operation.WRITE, Operation.FORCE, Operation.RENAME);
    }
  }
}
