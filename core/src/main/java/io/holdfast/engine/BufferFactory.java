package io.holdfast.engine;

import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.KernelException;
import io.holdfast.model.MappingState;
import io.holdfast.session.MapOptions;
import io.holdfast.session.Placement;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Undo;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Makes, maps, records and frees a session's buffers.
 *
 * <p>Guarded by the session's lock.
 */
final class BufferFactory {
  private final LiveObjects live;
  private final SessionJournal journal;
  private final long pageBytes;
  private final MemoryPools pools;

  BufferFactory(LiveObjects live, SessionJournal journal, long pageBytes) {
    this.live = live;
    this.journal = journal;
    this.pageBytes = pageBytes;
    this.pools = new MemoryPools(live, pageBytes);
  }

  /** A new buffer of the session's own memory; its length is rounded up to pages. */
  LiveMapping create(LiveIoas ioas, String name, long lengthBytes, MapOptions options) {
    long length = Math.ceilDiv(lengthBytes, pageBytes) * pageBytes;
    try (PlacementSearch search =
        new PlacementSearch(pools, name, length, options.placement(), ioas.isTranslated())) {
      return search.find((part, records) -> create(ioas, name, part, options, records));
    }
  }

  private LiveMapping create(
      LiveIoas ioas,
      String name,
      MemoryPools.Part part,
      MapOptions options,
      List<JournalRecord> records) {
    if (!part.fresh()) {
      part.zero();
    }
    return mapPart(
        ioas, name, part.file(), part.offsetBytes(), part.lengthBytes(), options, records);
  }

  /** Takes over a memfd of the driver's. */
  LiveFile adopt(String name, Memfd memfd) {
    LiveFile file =
        live.file(
            memfd,
            new BackingFile(live.nextToken(), name, memfd.sizeBytes(), BackingFile.Origin.CALLER));
    try (Undo undo = new Undo()) {
      undo.with(() -> live.store.remove(live.store.names().file(file.token())));
      journal.record(List.of(new FileAdded(file.state())));
      undo.forget();
    }
    live.files.put(file.token(), file);
    return file;
  }

  /** Maps a part of a file of the driver's, finds its physical extents, and records it. */
  LiveMapping map(
      LiveIoas ioas,
      String name,
      LiveFile file,
      long offsetBytes,
      long lengthBytes,
      MapOptions options) {
    return asItLies(
        ioas,
        name,
        () -> mapPart(ioas, name, file, offsetBytes, lengthBytes, options, new ArrayList<>(1)));
  }

  /** Maps the memory of another buffer once more, finds its physical extents, and records it. */
  LiveMapping copy(LiveIoas ioas, String name, LiveMapping source, MapOptions options) {
    return asItLies(ioas, name, () -> copyMapping(ioas, name, source, options));
  }

  private LiveMapping copyMapping(
      LiveIoas ioas, String name, LiveMapping source, MapOptions options) {
    IovaRange range = source.iova();
    long iova =
        naming(
            ioas,
            name,
            () ->
                live.iommufd.copy(
                    source.ioas().id,
                    range.start(),
                    range.lengthBytes(),
                    ioas.id,
                    options.iova(),
                    true,
                    options.deviceMayWrite()));
    MappingState.Backing backing = source.state().backing();
    LiveMapping copy =
        finish(
            ioas,
            new IovaRange(iova, range.lengthBytes()),
            options.placement(),
            new ArrayList<>(1),
            extents ->
                new LiveMapping(
                    ioas,
                    source.file(),
                    state(name, iova, range.lengthBytes(), options, backing, extents),
                    false));
    pools.share(copy);
    return copy;
  }

  private LiveMapping mapPart(
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
        options.placement(),
        records,
        extents ->
            new LiveMapping(
                ioas, file, state(name, iova, lengthBytes, options, backing, extents), false));
  }

  /** Maps memory of this process. */
  LiveMapping mapAnonymous(LiveIoas ioas, String name, MemorySegment memory, MapOptions options) {
    return asItLies(ioas, name, () -> mapMemory(ioas, name, memory, options));
  }

  /** Refuses memory of the driver's that lies where the driver does not want it. */
  private static LiveMapping asItLies(LiveIoas ioas, String name, Supplier<LiveMapping> mapping) {
    try {
      return mapping.get();
    } catch (PlacementSearch.Misfit e) {
      throw new SessionException(
          "the memory for buffer \"%s\" of IOAS \"%s\" %s"
              .formatted(name, ioas.name, e.getMessage()),
          "let the session find memory, with buffer(), or do not ask where it lies");
    }
  }

  private LiveMapping mapMemory(
      LiveIoas ioas, String name, MemorySegment memory, MapOptions options) {
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
        options.placement(),
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
      LiveIoas ioas,
      IovaRange range,
      Placement placement,
      List<JournalRecord> records,
      MappingMaker maker) {
    try (Undo undo = new Undo()) {
      undo.with(() -> live.iommufd.unmap(ioas.id, range.start(), range.lengthBytes()));
      ExtentList extents = live.extents(ioas, range);
      String problem = ioas.isTranslated() ? placement.problem(range) : placement.problem(extents);
      if (!problem.isEmpty()) {
        // Refused, it is tried again, and the refusal is told: nothing may stay mapped.
        live.iommufd.unmap(ioas.id, range.start(), range.lengthBytes());
        undo.forget();
        throw new PlacementSearch.Misfit(problem);
      }
      LiveMapping mapping = maker.make(extents);
      if (placement.numaNode().isPresent()) {
        undo.with(mapping::close);
        requireOnNode(mapping, placement, undo);
      }
      records.add(new MappingAdded(ioas.name, mapping.state()));
      journal.record(records);
      undo.forget();
      ioas.mappings.put(mapping.state().name(), mapping);
      return mapping;
    }
  }

  private void requireOnNode(LiveMapping mapping, Placement placement, Undo undo) {
    String problem = NumaPlacement.problem(live.syscalls, mapping, placement.numaNode());
    if (!problem.isEmpty()) {
      undo.forget();
      IovaRange range = mapping.iova();
      new Closing()
          .step(mapping::close)
          .step(() -> live.iommufd.unmap(mapping.ioas().id, range.start(), range.lengthBytes()))
          .end();
      throw new PlacementSearch.Misfit(problem, NumaPlacement.REMEDY);
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
        extents,
        options.placement().numaNode(),
        Extensions.NONE);
  }

  /** Whether a buffer is mapped, or was closed while its memory was in use. */
  boolean isReleasable(LiveMapping mapping) {
    return isMapped(mapping) || live.unfinished.contains(mapping);
  }

  /** Whether a buffer is mapped now. */
  static boolean isMapped(LiveMapping mapping) {
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
      // that is not recorded any more is unmapped then.
      boolean recordedFirst = live.store.isKeeping();
      JournalRecord removed = new MappingRemoved(ioas.name, state.name());
      if (recordedFirst) {
        journal.record(List.of(removed));
      }
      mapping.invalidate();
      try (Undo undo = new Undo()) {
        if (pinned) {
          undo.with(mapping::revalidate);
        }
        unmap(mapping, recordedFirst);
        undo.forget();
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

  /** Unmaps a buffer, and records that it is still mapped if the kernel refuses. */
  private void unmap(LiveMapping mapping, boolean recordedFirst) {
    LiveIoas ioas = mapping.ioas();
    MappingState state = mapping.state();
    try {
      live.iommufd.unmap(ioas.id, state.iova().start(), state.iova().lengthBytes());
    } catch (RuntimeException e) {
      // After an Error, such as the death of a simulated process, nobody knows what is mapped.
      try (Undo undo = new Undo()) {
        if (recordedFirst) {
          undo.with(() -> journal.recordDone(new MappingAdded(ioas.name, state)));
        }
        throw e;
      }
    }
  }

  /** Frees the part of a pool behind a buffer that is not mapped any more. */
  private void free(LiveMapping mapping) {
    mapping.close();
    live.unfinished.remove(mapping);
    pools.free(mapping);
  }

  /**
   * Records a device that was attached to an IOAS, and, where its pages were pinned anew by that,
   * the physical addresses its buffers have now. They are handed out only if all of it succeeds.
   */
  void recordBound(DeviceState device, LiveIoas ioas, boolean pinnedAnew) {
    List<JournalRecord> records = new ArrayList<>();
    records.add(new DeviceBound(device));
    Map<LiveMapping, MappingState> pinned = pinnedAnew ? pinnedAnew(ioas, records) : Map.of();
    journal.record(records);
    pinned.forEach(LiveMapping::updateState);
  }

  /**
   * Finds the physical addresses that an IOAS's buffers have since the first device was attached to
   * it.
   *
   * @param records gets what has to be recorded of it
   */
  Map<LiveMapping, MappingState> pinnedAnew(LiveIoas ioas, List<JournalRecord> records) {
    Map<LiveMapping, MappingState> pinned = new LinkedHashMap<>();
    for (LiveMapping mapping : ioas.mappings.values()) {
      MappingState state = mapping.state();
      MappingState now = state.withExtents(live.extents(ioas, state.iova()));
      pinned.put(mapping, now);
      records.add(new MappingAdded(ioas.name, now));
    }
    return pinned;
  }
}
