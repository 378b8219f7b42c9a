package io.holdfast.journal;

import io.holdfast.model.SessionState;
import java.util.List;
import java.util.Optional;

/**
 * What a journal file says, as far as it can be trusted.
 *
 * @param format the format it is written in, at least 1
 * @param header whose it is and who wrote it
 * @param state everything recorded, in effect; {@code sealedAt} is {@link java.time.Instant#EPOCH}
 *     while it is not sealed
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
  public JournalContents {
    damage = List.copyOf(damage);
  }

  /** Whether an older Holdfast wrote it; going on with it carries it into the present format. */
  public boolean isOlderFormat() {
    return format < Frame.VERSION;
  }
}
