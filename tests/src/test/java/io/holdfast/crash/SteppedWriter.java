package io.holdfast.crash;

import io.holdfast.disk.Disk;
import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalReader;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.model.BackingFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * The process that {@link JournalStepKillTest} lets kill itself before a chosen operation on the
 * disk: it opens a journal, or goes on with the one that is there, and makes it grow twice, once
 * before and once after it was synced.
 *
 * <p>Lines: {@code STEP NUMBER OPERATION} before each operation, {@code A CHANGE} when a change is
 * acknowledged, {@code END STEPS} if it got to its end.
 */
final class SteppedWriter {
  static final JournalHeader HEADER =
      JournalHeader.ofThisProcess(new UUID(1, 2), "nic0", JournalWriter.HOST, new UUID(3, 4), 0);

  /** How many changes it makes, after the one that sets the session up. */
  static final int CHANGES = 200;

  static final String IOAS = "rings";

  private static final int SYNCED = 10;

  private SteppedWriter() {}

  /** Arguments: the file, and the number of the operation before which it kills itself. */
  public static void main(String[] arguments) {
    Path file = Path.of(arguments[0]);
    long last = Long.parseLong(arguments[1]);
    FaultInjectingDisk disk =
        new FaultInjectingDisk(
            Disk.local(),
            step -> {
              System.out.println("STEP " + step.number() + " " + step.operation());
              if (step.number() == last) {
                killThisProcess();
              }
            });
    boolean goingOn = Files.exists(file);
    try (Journal journal =
        goingOn ? goOn(disk, file, HEADER) : Journal.startOver(disk, file, HEADER, List.of())) {
      for (int change = goingOn ? 1 : 0; change <= CHANGES; change++) {
        journal.append(change(change));
        System.out.println("A " + change);
        if (change == SYNCED) {
          journal.sync();
        }
      }
    }
    System.out.println("END " + disk.steps());
  }

  /** Goes on with the journal that is there. */
  static Journal goOn(Disk disk, Path file, JournalHeader header) {
    return Journal.startOver(
        disk, file, header, JournalReader.read(file).records(header.journal()));
  }

  /** The records of a change; change 0 is the first of a new journal. */
  static List<JournalRecord> change(int change) {
    return change == 0
        ? List.of(
            new FileAdded(new BackingFile(1, "pool-1", 1L << 40, BackingFile.Origin.POOL)),
            new IoasAdded(IOAS))
        : List.of(
            new MappingAdded(
                IOAS, JournalWriter.mapping("large-" + change, 20_000, new Random(change))));
  }

  /** By the shell's own {@code kill}: a small root has no program of that name. */
  private static void killThisProcess() throws IOException {
    new ProcessBuilder("sh", "-c", "kill -KILL " + ProcessHandle.current().pid()).start();
    while (true) {
      Thread.onSpinWait();
    }
  }
}
