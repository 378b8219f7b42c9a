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
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The state that a sequence of records amounts to.
 *
 * <p>A record that contradicts what came before it (a mapping in an IOAS that is not there, a
 * removal of nothing) is refused and changes nothing. Not thread-safe.
 */
public final class JournalFold {
  private static final class Ioas {
    final Extensions extensions;
    final Map<String, MappingState> mappings = new LinkedHashMap<>();

    Ioas(Extensions extensions) {
      this.extensions = extensions;
    }
  }

  private String name;
  private UUID journal;
  private long generation;
  private HostIdentity host;
  private List<UUID> bootChain;
  private Extensions extensions = Extensions.NONE;
  private Optional<Sealed> seal = Optional.empty();
  private final Map<Long, BackingFile> files = new LinkedHashMap<>();
  private final Map<String, Ioas> ioases = new LinkedHashMap<>();
  private final Map<PciAddress, DeviceState> devices = new LinkedHashMap<>();

  /** The state before any record: an empty session that has only what the header tells. */
  public JournalFold(JournalHeader header) {
    name = header.session();
    journal = header.journal();
    generation = header.generation();
    host = header.host();
    bootChain = List.of(header.bootId());
  }

  /**
   * Adds what the record says.
   *
   * @throws IllegalArgumentException if it contradicts what came before; nothing is changed then
   */
  public void apply(JournalRecord record) {
    switch (record) {
      case SessionOpened opened -> open(opened);
      case FileAdded added -> files.put(added.file().token(), added.file());
      case FileRemoved removed -> removeFile(removed);
      case IoasAdded added ->
          require(
              ioases.putIfAbsent(added.name(), new Ioas(added.extensions())) == null,
              record,
              "it is there already");
      case IoasRemoved removed -> removeIoas(removed);
      case MappingAdded added -> map(added);
      case MappingRemoved removed -> {
        Ioas ioas = ioases.get(removed.ioas());
        require(
            ioas != null && ioas.mappings.remove(removed.name()) != null,
            record,
            "there is no such mapping");
      }
      case DeviceBound bound -> {
        require(ioases.containsKey(bound.device().ioas()), record, "there is no such IOAS");
        devices.put(bound.device().address(), bound.device());
      }
      case DeviceUnbound unbound ->
          require(devices.remove(unbound.address()) != null, record, "there is no such device");
      case Sealed sealed -> seal = Optional.of(sealed);
      case SealCancelled cancelled -> seal = Optional.empty();
      case Restored restored -> {
        require(
            restored.generation() >= generation,
            record,
            "it is in generation " + generation + " already");
        generation = restored.generation();
        if (!bootChain.getLast().equals(restored.bootId())) {
          List<UUID> longer = new ArrayList<>(bootChain);
          longer.add(restored.bootId());
          bootChain = List.copyOf(longer);
        }
        seal = Optional.empty();
      }
    }
  }

  private void open(SessionOpened opened) {
    name = opened.name();
    journal = opened.journal();
    generation = opened.generation();
    host = opened.host();
    bootChain = opened.bootChain();
    extensions = opened.extensions();
    seal = Optional.empty();
    files.clear();
    ioases.clear();
    devices.clear();
  }

  private void map(MappingAdded added) {
    Ioas ioas = ioases.get(added.ioas());
    require(ioas != null, added, "there is no such IOAS");
    if (added.mapping().backing() instanceof MappingState.File file) {
      require(files.containsKey(file.token()), added, "there is no file with its token");
    }
    ioas.mappings.put(added.mapping().name(), added.mapping());
  }

  /** Nothing may be left pointing at what is gone, or the state could not be recorded again. */
  private void removeFile(FileRemoved removed) {
    require(files.containsKey(removed.token()), removed, "there is no such file");
    for (Ioas ioas : ioases.values()) {
      for (MappingState mapping : ioas.mappings.values()) {
        boolean uses =
            mapping.backing() instanceof MappingState.File file && file.token() == removed.token();
        require(!uses, removed, "the mapping " + mapping.name() + " uses it");
      }
    }
    files.remove(removed.token());
  }

  private void removeIoas(IoasRemoved removed) {
    require(ioases.containsKey(removed.name()), removed, "there is no such IOAS");
    for (DeviceState device : devices.values()) {
      require(
          !device.ioas().equals(removed.name()),
          removed,
          "the device " + device.address() + " is attached to it");
    }
    ioases.remove(removed.name());
  }

  private static void require(boolean condition, JournalRecord record, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException("cannot record " + record + ": " + otherwise);
    }
  }

  /** The state so far; {@code sealedAt} is {@link Instant#EPOCH} while it is not sealed. */
  public SessionState state() {
    List<IoasState> ioasStates = new ArrayList<>(ioases.size());
    ioases.forEach((ioasName, ioas) ->
        ioasStates.add(
            new IoasState(ioasName, List.copyOf(ioas.mappings.values()), ioas.extensions)));
    return new SessionState(
        name,
        journal,
        generation,
        host,
        bootChain,
        seal.map(Sealed::at).orElse(Instant.EPOCH),
        OptionalLong.empty(),
        List.copyOf(files.values()),
        ioasStates,
        List.copyOf(devices.values()),
        extensions);
  }

  /** The seal, where the session is sealed. */
  public Optional<Sealed> seal() {
    return seal;
  }

  /** About how many bytes {@link #forEachRecord}'s records take; rather too many than too few. */
  long estimatedBytes() {
    long bytes = 1024 + 128L * (files.size() + devices.size());
    for (Map.Entry<String, Ioas> ioas : ioases.entrySet()) {
      bytes += 64 + ioas.getKey().length();
      for (MappingState mapping : ioas.getValue().mappings.values()) {
        bytes +=
            48 + ioas.getKey().length() + mapping.name().length() + 5L * mapping.extents().size();
      }
    }
    return bytes;
  }

  /** The shortest sequence of records that amounts to the same state. */
  void forEachRecord(Consumer<JournalRecord> action) {
    action.accept(new SessionOpened(name, journal, generation, host, bootChain, extensions));
    files.values().forEach(file -> action.accept(new FileAdded(file)));
    ioases.forEach((ioasName, ioas) -> {
      action.accept(new IoasAdded(ioasName, ioas.extensions));
      ioas.mappings.values().forEach(mapping -> action.accept(new MappingAdded(ioasName, mapping)));
    });
    devices.values().forEach(device -> action.accept(new DeviceBound(device)));
    seal.ifPresent(action);
  }
}
