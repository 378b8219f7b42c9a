package io.holdfast.journal;

import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.FileRemoved;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.IoasRemoved;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.journal.JournalRecord.Restored;
import io.holdfast.journal.JournalRecord.SealCancelled;
import io.holdfast.journal.JournalRecord.Sealed;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The records that lead from one state of a session to a later one. */
final class StateDifference {
  private final List<JournalRecord> records = new ArrayList<>();

  private StateDifference() {}

  static List<JournalRecord> records(
      SessionState from, Optional<Sealed> sealFrom, SessionState to, Optional<Sealed> sealTo) {
    StateDifference difference = new StateDifference();
    difference.between(from, to);
    if (to.generation() != from.generation()) {
      difference.records.add(new Restored(to.generation(), to.bootChain().getLast()));
    }
    if (!sealFrom.equals(sealTo)) {
      difference.records.add(sealTo.<JournalRecord>map(seal -> seal).orElseGet(SealCancelled::new));
    }
    return difference.records;
  }

  private void between(SessionState from, SessionState to) {
    Map<String, IoasState> ioasesFrom = by(from.ioases(), IoasState::name);
    Map<String, IoasState> ioasesTo = by(to.ioases(), IoasState::name);
    // What depends on something goes before it, and comes after it.
    gone(
        by(from.devices(), device -> device.address()),
        by(to.devices(), device -> device.address()),
        device -> new DeviceUnbound(device.address()));
    ioasesFrom.forEach((name, ioas) -> {
      if (ioasesTo.containsKey(name)) {
        gone(
            by(ioas.mappings(), MappingState::name),
            by(ioasesTo.get(name).mappings(), MappingState::name),
            mapping -> new MappingRemoved(name, mapping.name()));
      }
    });
    gone(ioasesFrom, ioasesTo, ioas -> new IoasRemoved(ioas.name()));
    gone(
        by(from.files(), file -> file.token()),
        by(to.files(), file -> file.token()),
        file -> new FileRemoved(file.token()));
    come(from.files(), to.files(), FileAdded::new);
    ioasesTo.forEach((name, ioas) -> {
      if (!ioasesFrom.containsKey(name)) {
        records.add(new IoasAdded(ioas));
      }
      List<MappingState> before =
          ioasesFrom.containsKey(name) ? ioasesFrom.get(name).mappings() : List.of();
      come(before, ioas.mappings(), mapping -> new MappingAdded(name, mapping));
    });
    come(from.devices(), to.devices(), DeviceBound::new);
  }

  private <K, V> void gone(Map<K, V> from, Map<K, V> to, Function<V, JournalRecord> removal) {
    from.forEach((key, value) -> {
      if (!to.containsKey(key)) {
        records.add(removal.apply(value));
      }
    });
  }

  private <V> void come(Collection<V> from, Collection<V> to, Function<V, JournalRecord> addition) {
    Collection<V> before = new HashSet<>(from);
    for (V value : to) {
      if (!before.contains(value)) {
        records.add(addition.apply(value));
      }
    }
  }

  private static <K, V> Map<K, V> by(Collection<V> values, Function<V, K> key) {
    Map<K, V> map = new LinkedHashMap<>();
    values.forEach(value -> map.put(key.apply(value), value));
    return map;
  }
}
