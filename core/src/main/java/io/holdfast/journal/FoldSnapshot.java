package io.holdfast.journal;

import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.Sealed;
import io.holdfast.journal.JournalRecord.SessionOpened;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a {@link JournalFold} amounted to at one moment, to be written while the fold goes on.
 * Immutable.
 *
 * @param objects how many records and values of unknown fields it has
 */
record FoldSnapshot(
    SessionOpened opened,
    List<FileAdded> files,
    List<Ioas> ioases,
    List<DeviceBound> devices,
    Optional<Sealed> seal,
    long objects) {

  /** An IOAS and what is mapped in it. */
  record Ioas(IoasAdded added, MappingTable.Snapshot mappings) {}

  /** About how many bytes {@link #forEachRecord}'s records take; rather too many than too few. */
  long estimatedBytes() {
    long[] bytes = {1024 + 64 * objects + 128L * (files.size() + devices.size())};
    for (Ioas ioas : ioases) {
      int nameLength = ioas.added.name().length();
      bytes[0] += 64 + nameLength;
      ioas.mappings.forEach(mapping ->
          bytes[0] += nameLength + mapping.name().length() + 5L * mapping.extents().size());
    }
    return bytes[0];
  }

  /** The shortest sequence of records that amounts to the same state. */
  void forEachRecord(Consumer<JournalRecord> action) {
    action.accept(opened);
    files.forEach(action);
    for (Ioas ioas : ioases) {
      action.accept(ioas.added);
      String name = ioas.added.name();
      ioas.mappings.forEach(mapping -> action.accept(new MappingAdded(name, mapping)));
    }
    devices.forEach(action);
    seal.ifPresent(action);
  }
}
