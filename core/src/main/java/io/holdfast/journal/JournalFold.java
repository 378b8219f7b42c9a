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
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.MalformedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * The state that a sequence of records amounts to.
 *
 * <p>A record that contradicts what came before it (a mapping in an IOAS that is not there, a
 * removal of nothing) is refused and changes nothing. Applying a record takes the same time however
 * much there is. Not thread-safe.
 */
public final class JournalFold {
  private static final class UsedFile {
    BackingFile file;

    /** How many mappings are of it. */
    int mappings;

    UsedFile(BackingFile file) {
      this.file = file;
    }
  }

  private static final class Ioas {
    final IoasAdded added;
    final MappingTable mappings = new MappingTable();

    /** How many devices are attached to it. */
    int devices;

    Ioas(IoasAdded added) {
      this.added = added;
    }

    long cost() {
      return JournalFold.cost(added.extensions()) + added.allowedIovas().size();
    }
  }

  private String name;
  private UUID journal;
  private long generation;
  private HostIdentity host;
  private final List<UUID> bootChain = new ArrayList<>();
  private Extensions extensions = Extensions.NONE;
  private Optional<Sealed> seal = Optional.empty();
  private final Map<Long, UsedFile> files = new LinkedHashMap<>();
  private final Map<String, Ioas> ioases = new LinkedHashMap<>();
  private final Map<PciAddress, DeviceState> devices = new LinkedHashMap<>();

  /** How many records and values of unknown fields the state has. */
  private long objects;

  private long extents;

  /** The state before any record: an empty session that has only what the header tells. */
  public JournalFold(JournalHeader header) {
    name = header.session();
    journal = header.journal();
    generation = header.generation();
    host = header.host();
    bootChain.add(header.bootId());
  }

  /**
   * Adds what the record says.
   *
   * @throws IllegalArgumentException if it contradicts what came before; nothing is changed then
   */
  public void apply(JournalRecord record) {
    switch (record) {
      case SessionOpened opened -> open(opened);
      case FileAdded added -> addFile(added.file());
      case FileRemoved removed -> removeFile(removed);
      case IoasAdded added -> {
        require(!ioases.containsKey(added.name()), record, "it is there already");
        Ioas ioas = new Ioas(added);
        ioases.put(added.name(), ioas);
        objects += ioas.cost();
      }
      case IoasRemoved removed -> removeIoas(removed);
      case MappingAdded added -> map(added);
      case MappingRemoved removed -> {
        Ioas ioas = ioases.get(removed.ioas());
        MappingState mapping = ioas == null ? null : ioas.mappings.remove(removed.name());
        require(mapping != null, record, "there is no such mapping");
        forget(mapping);
      }
      case DeviceBound bound -> {
        Ioas ioas = ioases.get(bound.device().ioas());
        require(ioas != null, record, "there is no such IOAS");
        ioas.devices++;
        objects += cost(bound.device().extensions());
        forget(devices.put(bound.device().address(), bound.device()));
      }
      case DeviceUnbound unbound -> {
        DeviceState device = devices.remove(unbound.address());
        require(device != null, record, "there is no such device");
        forget(device);
      }
      case Sealed sealed -> seal = Optional.of(sealed);
      case SealCancelled cancelled -> seal = Optional.empty();
      case Restored restored -> {
        require(
            restored.generation() >= generation,
            record,
            "it is in generation " + generation + " already");
        generation = restored.generation();
        if (!bootChain.getLast().equals(restored.bootId())) {
          bootChain.add(restored.bootId());
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
    bootChain.clear();
    bootChain.addAll(opened.bootChain());
    extensions = opened.extensions();
    seal = Optional.empty();
    files.clear();
    ioases.clear();
    devices.clear();
    objects = (long) extensions.valueCount() + host.extensions().valueCount();
    extents = 0;
  }

  private void map(MappingAdded added) {
    Ioas ioas = ioases.get(added.ioas());
    require(ioas != null, added, "there is no such IOAS");
    if (added.mapping().backing() instanceof MappingState.File backing) {
      UsedFile file = files.get(backing.token());
      require(file != null, added, "there is no file with its token");
      file.mappings++;
    }
    MappingState before = ioas.mappings.put(added.mapping());
    objects += cost(added.mapping().extensions());
    extents += added.mapping().extents().size();
    if (before != null) {
      forget(before);
    }
  }

  private void forget(MappingState mapping) {
    if (mapping.backing() instanceof MappingState.File backing) {
      files.get(backing.token()).mappings--;
    }
    objects -= cost(mapping.extensions());
    extents -= mapping.extents().size();
  }

  private void forget(DeviceState device) {
    if (device != null) {
      ioases.get(device.ioas()).devices--;
      objects -= cost(device.extensions());
    }
  }

  private static long cost(Extensions unknown) {
    return 1L + unknown.valueCount();
  }

  private void addFile(BackingFile file) {
    UsedFile known = files.get(file.token());
    if (known == null) {
      files.put(file.token(), new UsedFile(file));
    } else {
      objects -= cost(known.file.extensions());
      known.file = file;
    }
    objects += cost(file.extensions());
  }

  /** Nothing may be left pointing at what is gone, or the state could not be recorded again. */
  private void removeFile(FileRemoved removed) {
    UsedFile known = files.get(removed.token());
    require(known != null, removed, "there is no such file");
    require(known.mappings == 0, removed, "a mapping uses it");
    objects -= cost(known.file.extensions());
    files.remove(removed.token());
  }

  private void removeIoas(IoasRemoved removed) {
    Ioas ioas = ioases.get(removed.name());
    require(ioas != null, removed, "there is no such IOAS");
    require(ioas.devices == 0, removed, "a device is attached to it");
    ioas.mappings.snapshot().forEach(this::forget);
    objects -= ioas.cost();
    ioases.remove(removed.name());
  }

  /** Whether so much can be read again. */
  boolean fits(Limits limits) {
    return limits.allow(objects + bootChain.size(), extents);
  }

  /**
   * Refuses more than can be read.
   *
   * @throws MalformedException if it is more
   */
  void require(Limits limits) {
    if (!fits(limits)) {
      throw new MalformedException(
          "more than " + limits.objects() + " records or " + limits.extents() + " extents");
    }
  }

  private static void require(boolean condition, JournalRecord record, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException("cannot record " + record + ": " + otherwise);
    }
  }

  /** The state so far. */
  public SessionState state() {
    List<IoasState> ioasStates = new ArrayList<>(ioases.size());
    ioases.forEach((ioasName, ioas) ->
        ioasStates.add(
            new IoasState(
                ioasName,
                ioas.added.allowedIovas(),
                ioas.mappings.toList(),
                ioas.added.extensions())));
    return new SessionState(
        name,
        journal,
        generation,
        host,
        bootChain,
        seal.map(Sealed::at),
        OptionalLong.empty(),
        Optional.empty(),
        files.values().stream().map(known -> known.file).toList(),
        ioasStates,
        List.copyOf(devices.values()),
        extensions);
  }

  /** The seal, where the session is sealed. */
  public Optional<Sealed> seal() {
    return seal;
  }

  /** How many records and values of unknown fields there are, and how many extents. */
  Limits size() {
    return new Limits(objects + bootChain.size(), extents);
  }

  /** The state so far, of which what is recorded later changes nothing. */
  FoldSnapshot snapshot() {
    return new FoldSnapshot(
        new SessionOpened(name, journal, generation, host, List.copyOf(bootChain), extensions),
        files.values().stream().map(known -> new FileAdded(known.file)).toList(),
        ioases.values().stream()
            .map(ioas -> new FoldSnapshot.Ioas(ioas.added, ioas.mappings.snapshot()))
            .toList(),
        devices.values().stream().map(DeviceBound::new).toList(),
        seal,
        objects + bootChain.size());
  }
}
