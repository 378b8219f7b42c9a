package io.holdfast.bench;

import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalContents;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalReader;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.BackingFile;
import io.holdfast.model.HostIdentity;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** The journal through its public API: records are checked and encoded, and decoded and folded. */
final class JournalStore implements Store {
  private static final String FILE = "journal";

  @Override
  public Appender open(Path folder, Records records, boolean durable) {
    UUID id = UUID.randomUUID();
    UUID boot = UUID.randomUUID();
    HostIdentity host = new HostIdentity("bench", "7.3.0", "amd64", (int) Records.PAGE_BYTES);
    Journal journal =
        Journal.startOver(
            folder.resolve(FILE), JournalHeader.ofThisProcess(id, "bench", host, boot, 0));
    journal.append(
        new SessionOpened("bench", id, 0, host, List.of(boot)),
        new FileAdded(new BackingFile(1, "pool", records.fileBytes(), BackingFile.Origin.POOL)),
        new IoasAdded(Records.IOAS));
    List<? extends JournalRecord> mappings = Arrays.asList(records.mappings());
    return new Appender() {
      @Override
      public void append(int from, int to) {
        journal.append(mappings.subList(from, to));
        if (durable) {
          journal.sync();
        }
      }

      @Override
      public void close() {
        journal.close();
      }
    };
  }

  @Override
  public void scan(Path folder, Tally tally) {
    JournalContents contents = JournalReader.read(folder.resolve(FILE));
    if (!contents.damage().isEmpty()) {
      throw new IllegalStateException(contents.damage().toString());
    }
    contents.state().ioases().getFirst().mappings().forEach(tally::add);
  }

  @Override
  public Tally expected(Records records) {
    Tally tally = new Tally();
    for (MappingAdded record : records.mappings()) {
      tally.add(record.mapping());
    }
    return tally;
  }
}
