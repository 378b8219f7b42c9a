package io.holdfast.engine;

import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.KernelException;
import io.holdfast.model.MappingState;
import io.holdfast.session.MapOptions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Makes, maps, records and frees a session's memory.
 *
 * <p>Pool memory is cut from one growing memfd; a second is begun where the first cannot grow.
 * Guarded by the session's lock.
 */
final class BufferFactory {
  private static final String POOL_NAME = "pool-";

  private final LiveObjects live;
  private final SessionJournal journal;
  private final long pageBytes;
  private final Map<LiveFile, PoolAllocator> pools = new LinkedHashMap<>();

  BufferFactory(LiveObjects live, SessionJournal journal, long pageBytes) {
    this.live = live;
    this.journal = journal;
    this.pageBytes = pageBytes;
    for (LiveFile file : live.files.values()) {
      if (file.state().origin() == BackingFile.Origin.POOL) {
        pools.put(file, allocatorOf(file));
      }
    }
  }

  /** The free parts of a restored pool are those that no mapping covers. */
  private PoolAllocator allocatorOf(LiveFile file) {
    PoolAllocator allocator = new PoolAllocator(pageBytes, file.state().sizeBytes());
    List<MappingState> parts =
        live.mappings()
            .filter(mapping -> mapping.file() == file)
            .map(LiveMapping::state)
            .sorted(Comparator.comparingLong(BufferFactory::offset))
            .toList();
    long end = 0;
    for (MappingState part : parts) {
      if (offset(part) > end) {
        allocator.free(end, offset(part) - end);
      }
      end = Math.max(end, offset(part) + part.iova().lengthBytes());
    }
    if (file.state().sizeBytes() > end) {
      allocator.free(end, file.state().sizeBytes() - end);
    }
    return allocator;
  }

  private static long offset(MappingState mapping) {
    return ((MappingState.File) mapping.backing()).offsetBytes();
  }

  /** A new buffer of the session's own memory; its length is rounded up to pages. */
  LiveMapping create(LiveIoas ioas, String name, long lengthBytes, MapOptions options) {
    long length = Math.ceilDiv(lengthBytes, pageBytes) * pageBytes;
    List<JournalRecord> records = new ArrayList<>(2);
    Part part = allocate(length, records);
    try {
      if (part.reused()) {
        zero(part, length);
      }
      return map(ioas, name, part.file(), part.offsetBytes(), length, options, records);
    } catch (RuntimeException | Error e) {
      pools.get(part.file()).free(part.offsetBytes(), length);
      if (!records.isEmpty()) {
        // The file has grown all the same.
        Closing.undo(e, () -> journal.recordDone(new FileAdded(part.file().state())));
      }
      throw e;
    }
  }

  /** A part of a pool; one that was used before holds what was written then. */
  private record Part(LiveFile file, long offsetBytes, boolean reused) {}

  private static void zero(Part part, long lengthBytes) {
    try (MappedMemory memory = part.file().memfd.map(part.offsetBytes(), lengthBytes)) {
      memory.segment().fill((byte) 0);
    }
  }

  private Part allocate(long length, List<JournalRecord> records) {
    for (Map.Entry<LiveFile, PoolAllocator> pool : pools.entrySet()) {
      LiveFile file = pool.getKey();
      PoolAllocator allocator = pool.getValue();
      long offset = allocator.allocate(length);
      if (allocator.sizeBytes() <= file.state().sizeBytes()) {
        return new Part(file, offset, true);
      }
      try {
        file.resize(allocator.sizeBytes());
        records.add(new FileAdded(file.state()));
        return new Part(file, offset, false);
      } catch (KernelException e) {
        // This pool cannot grow. What it handed out lies past its end and stays unused; another
        // pool takes over.
        allocator.truncate(file.state().sizeBytes());
      }
    }
    PoolAllocator allocator = new PoolAllocator(pageBytes, 0);
    long offset = allocator.allocate(length);
    long token = live.nextToken();
    String poolName = POOL_NAME + token;
    LiveFile file;
    try (Undo undo = new Undo()) {
      Memfd memfd = undo.closes(Memfd.create(live.syscalls, poolName, length));
      file = live.file(memfd, new BackingFile(token, poolName, length, BackingFile.Origin.POOL));
      undo.forget();
    }
    live.files.put(token, file);
    pools.put(file, allocator);
    records.add(new FileAdded(file.state()));
    return new Part(file, offset, false);
  }

  /** Takes over a memfd of the driver's. */
  LiveFile adopt(String name, Memfd memfd) {
    LiveFile file =
        live.file(
            memfd,
            new BackingFile(live.nextToken(), name, memfd.sizeBytes(), BackingFile.Origin.CALLER));
    try {
      journal.record(List.of(new FileAdded(file.state())));
    } catch (RuntimeException | Error e) {
      Closing.undo(e, () -> live.store.remove(live.store.names().file(file.token())));
      throw e;
    }
    live.files.put(file.token(), file);
    return file;
  }

  /** Maps a part of a file, finds its physical extents, and records it. */
  LiveMapping map(
      LiveIoas ioas,
      String name,
      LiveFile file,
      long offsetBytes,
      long lengthBytes,
      MapOptions options,
      List<JournalRecord> records) {
    long iova =
        naming(
            ioas,
            name,
            () ->
                live.iommufd.mapFile(
                    ioas.id,
                    file.memfd,
                    offsetBytes,
                    lengthBytes,
                    options.iova(),
                    true,
                    options.deviceMayWrite()));
    MappingState.Backing backing = new MappingState.File(file.token(), offsetBytes);
    return finish(
        ioas,
        new IovaRange(iova, lengthBytes),
        records,
        extents ->
            new LiveMapping(
                ioas, file, state(name, iova, lengthBytes, options, backing, extents), false));
  }

  /** Maps memory of this process. */
  LiveMapping mapAnonymous(LiveIoas ioas, String name, MemorySegment memory, MapOptions options) {
    long iova =
        naming(
            ioas,
            name,
            () ->
                live.iommufd.mapMemory(
                    ioas.id, memory, options.iova(), true, options.deviceMayWrite()));
    MappingState.Backing backing = new MappingState.Anonymous(options.transientMemory());
    long lengthBytes = memory.byteSize();
    return finish(
        ioas,
        new IovaRange(iova, lengthBytes),
        new ArrayList<>(1),
        extents ->
            new LiveMapping(
                ioas, memory, state(name, iova, lengthBytes, options, backing, extents)));
  }

  /** Lets the kernel's refusal to map say which buffer it was about. */
  private static long naming(LiveIoas ioas, String name, LongSupplier mapping) {
    try {
      return mapping.getAsLong();
    } catch (KernelException e) {
      throw e.about("buffer \"" + name + "\" of IOAS \"" + ioas.name + "\"");
    }
  }

  private interface MappingMaker {
    LiveMapping make(ExtentList extents);
  }

  /**
   * Finds the extents of what has just been mapped and records it; whatever fails, it is unmapped
   * again.
   */
  private LiveMapping finish(
      LiveIoas ioas, IovaRange range, List<JournalRecord> records, MappingMaker maker) {
    try {
      LiveMapping mapping =
          maker.make(live.iommufd.physicalExtents(ioas.id, range.start(), range.lengthBytes()));
      records.add(new MappingAdded(ioas.name, mapping.state()));
      journal.record(records);
      ioas.mappings.put(mapping.state().name(), mapping);
      return mapping;
    } catch (RuntimeException | Error e) {
      Closing.undo(e, () -> live.iommufd.unmap(ioas.id, range.start(), range.lengthBytes()));
      throw e;
    }
  }

  private static MappingState state(
      String name,
      long iova,
      long lengthBytes,
      MapOptions options,
      MappingState.Backing backing,
      ExtentList extents) {
    return new MappingState(
        name,
        new IovaRange(iova, lengthBytes),
        true,
        options.deviceMayWrite(),
        backing,
        options.policy(),
        extents);
  }

  /** Whether a buffer is mapped, or was closed while its memory was in use. */
  boolean isReleasable(LiveMapping mapping) {
    return isMapped(mapping) || live.unfinished.contains(mapping);
  }

  private static boolean isMapped(LiveMapping mapping) {
    return mapping.ioas().mappings.get(mapping.state().name()) == mapping;
  }

  /**
   * Unmaps a buffer and frees its part of a pool. Its addresses go first, so that nobody gets one
   * of a page that is not pinned. Where its memory is in use it is unmapped all the same, and its
   * part becomes free when it is released again.
   */
  void release(LiveMapping mapping) {
    LiveIoas ioas = mapping.ioas();
    MappingState state = mapping.state();
    if (isMapped(mapping)) {
      boolean pinned = !ioas.devices.isEmpty();
      // What a store keeps is resumed as it is recorded: a mapping must not be missing, but one
      // that
      // is not recorded any more is unmapped then.
      boolean recordedFirst = live.store.isKeeping();
      JournalRecord removed = new MappingRemoved(ioas.name, state.name());
      if (recordedFirst) {
        journal.record(List.of(removed));
      }
      mapping.invalidate();
      try {
        live.iommufd.unmap(ioas.id, state.iova().start(), state.iova().lengthBytes());
      } catch (RuntimeException | Error e) {
        if (pinned) {
          mapping.revalidate();
        }
        // After an Error, such as the death of a simulated process, nobody knows what is mapped.
        if (recordedFirst && e instanceof RuntimeException) {
          Closing.undo(e, () -> journal.recordDone(new MappingAdded(ioas.name, state)));
        }
        throw e;
      }
      ioas.mappings.remove(state.name());
      live.unfinished.add(mapping);
      Closing closing = new Closing().step(() -> free(mapping));
      if (!recordedFirst) {
        closing.step(() -> journal.recordDone(removed));
      }
      closing.end();
    } else {
      free(mapping);
    }
  }

  /** Frees the part of a pool behind a buffer that is not mapped any more. */
  private void free(LiveMapping mapping) {
    mapping.close();
    live.unfinished.remove(mapping);
    MappingState state = mapping.state();
    if (mapping.file() != null && pools.containsKey(mapping.file())) {
      pools.get(mapping.file()).free(offset(state), state.iova().lengthBytes());
    }
  }

  /**
   * Records a device that was attached to an IOAS, and, where its pages were pinned anew by that,
   * the physical addresses its buffers have now. They are handed out only if all of it succeeds.
   */
  void recordBound(DeviceState device, LiveIoas ioas, boolean pinnedAnew) {
    List<JournalRecord> records = new ArrayList<>();
    records.add(new DeviceBound(device));
    Map<LiveMapping, MappingState> pinned = new LinkedHashMap<>();
    if (pinnedAnew) {
      for (LiveMapping mapping : ioas.mappings.values()) {
        MappingState state = mapping.state();
        MappingState now =
            state.withExtents(
                live.iommufd.physicalExtents(
                    ioas.id, state.iova().start(), state.iova().lengthBytes()));
        pinned.put(mapping, now);
        records.add(new MappingAdded(ioas.name, now));
      }
    }
    journal.record(records);
    pinned.forEach(LiveMapping::updateState);
  }
}
