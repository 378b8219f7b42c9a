package io.holdfast.journal;

import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.IoasState;
import io.holdfast.model.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a journal file says, as far as it can be trusted.
 *
 * @param format the format it is written in, at least 1
 * @param header whose it is and who wrote it
 * @param state everything recorded, in effect
 * @param seal the seal, where the session is sealed
 * @param batches how many batches the state is made of
 * @param damage what of the file was lost or does not belong in it, one sentence each; empty if it
 *     is whole
 */
public record JournalContents(
    int format,
    JournalHeader header,
    SessionState state,
    Optional<JournalRecord.Sealed> seal,
    long batches,
    List<String> damage) {
  /** The oldest format that is read. */
  public static final int OLDEST_FORMAT = 1;

  /** The format that is written, and the newest that is read. */
  public static final int NEWEST_FORMAT = Frame.VERSION;

  public JournalContents {
    damage = List.copyOf(damage);
  }

  /**
   * The shortest sequence of records that amounts to the same state: what another journal is begun
   * with that goes on from here.
   *
   * @param journal the journal that they are going to stand in
   */
  public List<JournalRecord> records(UUID journal) {
    List<JournalRecord> records = new ArrayList<>();
    records.add(
        new SessionOpened(
            state.name(),
            journal,
            state.generation(),
            state.host(),
            state.bootChain(),
            state.extensions()));
    state.files().forEach(file -> records.add(new FileAdded(file)));
    for (IoasState ioas : state.ioases()) {
      records.add(new IoasAdded(ioas));
      ioas.mappings().forEach(mapping -> records.add(new MappingAdded(ioas.name(), mapping)));
    }
    state.devices().forEach(device -> records.add(new DeviceBound(device)));
    seal.ifPresent(records::add);
    return records;
  }

  /** Whether an older Holdfast wrote it; going on with it carries it into the present format. */
  public boolean isOlderFormat() {
    return format < Frame.VERSION;
  }
}
