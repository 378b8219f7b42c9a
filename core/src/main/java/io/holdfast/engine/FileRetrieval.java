package io.holdfast.engine;

import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import io.holdfast.session.PinDelays;
import io.holdfast.session.RestoreListener;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionException;
import io.holdfast.session.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Takes the preserved files out of the live update session and maps each at once.
 *
 * <p>Pages can be moved from their file's retrieval until they are pinned. So between the two there
 * are only the system calls that map; what came back is looked at, and the listener told, when they
 * are pinned. A file's checksum is begun then, and computed while the next files are mapped. Used
 * once, by one thread.
 */
final class FileRetrieval {
  private record Part(IoasState ioas, MappingState mapping) {}

  private final LiveObjects live;
  private final SessionState state;
  private final SessionSource source;
  private final RestoreResults results;
  private final RestoreListener listener;
  private final ContentChecksums checksums;
  private final Map<LiveIoas, Map<String, LiveMapping>> mapped = new HashMap<>();
  private final Map<String, Long> unpinnedNanos = new LinkedHashMap<>();
  private int mappings;

  FileRetrieval(
      LiveObjects live,
      SessionState state,
      SessionSource source,
      RestoreResults results,
      RestoreListener listener,
      ContentChecksums checksums) {
    this.live = live;
    this.state = state;
    this.source = source;
    this.results = results;
    this.listener = listener;
    this.checksums = checksums;
  }

  /** Brings back every file and mapping; what failed is in the results. */
  void run() {
    Map<OptionalLong, List<Part>> parts = parts();
    int done = 0;
    for (BackingFile file : state.files()) {
      bringBack(file, parts.getOrDefault(OptionalLong.of(file.token()), List.of()));
      listener.onProgress(Stage.RETRIEVE, file.name(), ++done, state.files().size());
    }
    List<Part> withoutFile = parts.getOrDefault(OptionalLong.empty(), List.of());
    mapAll(withoutFile);
    tell(withoutFile);
    for (IoasState ioas : state.ioases()) {
      LiveIoas target = live.ioases.get(ioas.name());
      Map<String, LiveMapping> restored = mapped.getOrDefault(target, Map.of());
      for (MappingState mapping : ioas.mappings()) {
        if (restored.containsKey(mapping.name())) {
          // In their order, not in that of the files.
          target.mappings.put(mapping.name(), restored.get(mapping.name()));
        }
      }
    }
    PinDelays.of(unpinnedNanos).ifPresent(results::pinned);
  }

  /** What is to be mapped, by the token of its file; what has no file of the session by none. */
  private Map<OptionalLong, List<Part>> parts() {
    Set<Long> tokens = new HashSet<>();
    state.files().forEach(file -> tokens.add(file.token()));
    Map<OptionalLong, List<Part>> parts = new HashMap<>();
    for (IoasState ioas : state.ioases()) {
      for (MappingState mapping : ioas.mappings()) {
        OptionalLong file =
            mapping.backing() instanceof MappingState.File part && tokens.contains(part.token())
                ? OptionalLong.of(part.token())
                : OptionalLong.empty();
        parts.computeIfAbsent(file, any -> new ArrayList<>()).add(new Part(ioas, mapping));
      }
    }
    return parts;
  }

  private void bringBack(BackingFile file, List<Part> parts) {
    try {
      Memfd memfd = new Memfd(live.syscalls, source.file(file.token()), file.name());
      long retrieved = System.nanoTime();
      live.files.put(file.token(), new LiveFile(memfd, file));
      mapAll(parts);
      long pinned = System.nanoTime();
      if (!source.isMapped() && parts.stream().anyMatch(part -> mappingOf(part) != null)) {
        unpinnedNanos.merge(file.name(), pinned - retrieved, Math::max);
      }
      check(memfd, file);
      if (file.crc32c().isPresent()) {
        checksums.begin(live.files.get(file.token()));
      }
    } catch (HoldfastException e) {
      results.fileFailed(file, e);
      parts.forEach(part -> lose(part, e));
    }
    tell(parts);
  }

  private static void check(Memfd memfd, BackingFile file) {
    memfd.requirePreservable();
    long sizeBytes = memfd.sizeBytes();
    if (sizeBytes != file.sizeBytes()) {
      throw new SessionException(
          "memfd \"%s\" came back with %d bytes instead of %d"
              .formatted(file.name(), sizeBytes, file.sizeBytes()),
          "it is not the file that was preserved; start the driver afresh");
    }
  }

  private void mapAll(List<Part> parts) {
    for (Part part : parts) {
      try {
        map(live.ioases.get(part.ioas().name()), part.mapping());
      } catch (HoldfastException e) {
        results.bufferFailed(part.ioas().name(), part.mapping(), Verdict.LOST, e);
      }
    }
  }

  private void tell(List<Part> parts) {
    for (Part part : parts) {
      listener.onProgress(Stage.MAP, part.mapping().name(), ++mappings, results.bufferCount());
    }
  }

  private void map(LiveIoas ioas, MappingState mapping) {
    if (!(mapping.backing() instanceof MappingState.File part)
        || !live.files.containsKey(part.token())) {
      throw new SessionException(
          "buffer \"" + mapping.name() + "\" is memory of a process that has ended",
          "nothing can bring it back");
    }
    requireAttached(ioas, mapping);
    LiveFile file = live.files.get(part.token());
    if (!source.isMapped()) {
      live.iommufd.mapFile(
          ioas.id,
          file.memfd,
          part.offsetBytes(),
          mapping.iova().lengthBytes(),
          OptionalLong.of(mapping.iova().start()),
          mapping.readable(),
          mapping.writeable());
    }
    mapped
        .computeIfAbsent(ioas, any -> new HashMap<>())
        .put(mapping.name(), new LiveMapping(ioas, file, mapping, true));
  }

  private LiveMapping mappingOf(Part part) {
    return mapped
        .getOrDefault(live.ioases.get(part.ioas().name()), Map.of())
        .get(part.mapping().name());
  }

  /** A file that is not what was preserved is mapped nowhere. */
  private void lose(Part part, HoldfastException cause) {
    results.bufferFailed(part.ioas().name(), part.mapping(), Verdict.LOST, cause);
    LiveMapping mapping = mappingOf(part);
    if (mapping != null) {
      mapped.get(mapping.ioas()).remove(part.mapping().name());
      live.drop(mapping);
    }
  }

  private void requireAttached(LiveIoas ioas, MappingState mapping) {
    if (ioas.devices.isEmpty()) {
      Optional<HoldfastException> cause = results.failureOfDevice(ioas.name);
      throw new SessionException(
          "no device is attached to IOAS \""
              + ioas.name
              + "\", so buffer \""
              + mapping.name()
              + "\" cannot be pinned"
              + cause.map(it -> " (" + it.problem() + ")").orElse(""),
          cause
              .map(HoldfastException::remedy)
              .filter(remedy -> !remedy.isEmpty())
              .orElse("bring back a device of this IOAS"),
          cause.orElse(null));
    }
  }
}
