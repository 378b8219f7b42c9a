package io.holdfast.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalContents;
import io.holdfast.journal.JournalReader;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.model.BackingFile;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A journal grows to many mappings of ten extents each without having been told how many. {@code
 * -Dholdfast.large.mappings=1000000} makes it a million mappings and ten million extents.
 */
class LargeJournalTest {
  private static final int MAPPINGS = Integer.getInteger("holdfast.large.mappings", 30_000);
  private static final int EXTENTS_EACH = 10;
  private static final long PAGE_BYTES = 4096;

  @TempDir private Path temporary;

  private static MappingAdded mapping(int index) {
    ExtentList.Builder extents = ExtentList.builder(EXTENTS_EACH);
    for (long i = 0; i < EXTENTS_EACH; i++) {
      extents.add((index * (EXTENTS_EACH + 1L) + i * 3) * 2 * PAGE_BYTES, PAGE_BYTES);
    }
    long bytes = EXTENTS_EACH * PAGE_BYTES;
    return new MappingAdded(
        "rings",
        new MappingState(
            "buffer-" + index,
            new IovaRange(0x1_0000_0000L + index * bytes, bytes),
            true,
            true,
            new MappingState.File(1, index * bytes),
            Policy.REQUIRED,
            extents.build()));
  }

  @Test
  void itGrowsToWhateverIsRecorded() throws IOException {
    Path file = temporary.resolve("nic0").resolve("journal");
    long start = System.nanoTime();
    try (Journal journal = Journal.startOver(file, SteppedWriter.HEADER)) {
      long size = PAGE_BYTES * EXTENTS_EACH * MAPPINGS;
      journal.append(
          new FileAdded(new BackingFile(1, "pool-1", size, BackingFile.Origin.POOL)),
          new IoasAdded("rings"));
      List<JournalRecord> change = new ArrayList<>();
      for (int i = 0; i < MAPPINGS; i++) {
        change.add(mapping(i));
        // Most of them one by one, as a driver maps its buffers, and some together.
        if (i % 100 < 80 || change.size() == 20) {
          journal.append(change);
          change.clear();
        }
      }
      journal.append(change);
      journal.sync();
    }
    long written = System.nanoTime();
    JournalContents contents = JournalReader.read(file);
    long read = System.nanoTime();
    assertThat(contents.damage()).isEmpty();
    List<MappingState> mappings = contents.state().ioases().getFirst().mappings();
    assertThat(mappings).hasSize(MAPPINGS);
    for (int i = 0; i < MAPPINGS; i++) {
      MappingState expected = mapping(i).mapping();
      if (!mappings.get(i).equals(expected)) {
        assertThat(mappings.get(i)).isEqualTo(expected);
      }
    }
    System.out.printf(
        "LargeJournalTest: %,d mappings, %,d extents recorded in %,d ms, %,d MB, read in %,d ms%n",
        MAPPINGS,
        (long) MAPPINGS * EXTENTS_EACH,
        (written - start) / 1_000_000,
        Files.size(file) >> 20,
        (read - written) / 1_000_000);
  }
}
