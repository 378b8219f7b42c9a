package io.holdfast.engine;

import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.linux.HugePages;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.MappingState;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A session's own memory, which buffers are cut from: few memfds, made of huge pages where the
 * kernel gives them, of a size that is sealed, each mapped into the process once.
 *
 * <p>They are the longer the more memory the session has, so that their number stays small and a
 * quarter of it at most lies idle. Guarded by the session's lock.
 */
final class MemoryPools {
  private static final String POOL_NAME = "pool-";
  private static final long LONGEST_BYTES = 64L << 20;

  private final LiveObjects live;
  private final long pageBytes;
  private final Map<LiveFile, PoolAllocator> pools = new LinkedHashMap<>();

  /** How many mappings more than one have the same part. */
  private final Map<Shared, Integer> shared = new HashMap<>();

  private record Shared(LiveFile file, long offsetBytes) {}

  MemoryPools(LiveObjects live, long pageBytes) {
    this.live = live;
    this.pageBytes = pageBytes;
    // Of all mappings once, and not of all for each pool.
    Map<LiveFile, List<MappingState>> parts = new HashMap<>();
    live.mappings()
        .filter(mapping -> mapping.file() != null && mapping.file().isPool())
        .forEach(mapping ->
            parts.computeIfAbsent(mapping.file(), none -> new ArrayList<>()).add(mapping.state()));
    for (LiveFile file : live.files.values()) {
      if (file.isPool()) {
        pools.put(file, allocatorOf(file, parts.getOrDefault(file, new ArrayList<>())));
      }
    }
  }

  /** The free parts of a restored pool are those that no mapping covers. */
  private PoolAllocator allocatorOf(LiveFile file, List<MappingState> parts) {
    PoolAllocator allocator = new PoolAllocator(pageBytes);
    parts.sort((one, other) -> Long.compare(offset(one), offset(other)));
    long end = 0;
    long before = -1;
    for (MappingState part : parts) {
      if (offset(part) > end) {
        allocator.free(end, offset(part) - end);
      } else if (offset(part) == before) {
        shared.merge(new Shared(file, before), 1, Integer::sum);
      }
      before = offset(part);
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

  /** A part of a pool; one that may have been used before holds what was written then. */
  record Part(LiveFile file, long offsetBytes, long lengthBytes, boolean fresh) {
    void zero() {
      try (MappedMemory memory = file.map(offsetBytes, lengthBytes)) {
        memory.segment().fill((byte) 0);
      }
    }
  }

  /** The pools there are now. */
  List<LiveFile> files() {
    return List.copyOf(pools.keySet());
  }

  /** A part of whole pages of a pool, if it has room. */
  Optional<Part> allocate(LiveFile file, long lengthBytes, long alignment) {
    OptionalLong offset = pools.get(file).allocate(lengthBytes, alignment);
    return offset.isEmpty()
        ? Optional.empty()
        : Optional.of(new Part(file, offset.getAsLong(), lengthBytes, false));
  }

  /**
   * A part of a new pool, which is as long as the session has use for.
   *
   * @param node the NUMA node that its memory is to come from, if it matters
   * @param records gets what has to be recorded of it
   */
  Part allocateNew(long lengthBytes, OptionalInt node, List<JournalRecord> records) {
    long total = pools.keySet().stream().mapToLong(file -> file.state().sizeBytes()).sum();
    return allocateNew(lengthBytes, Math.min(LONGEST_BYTES, total / 4), node, records);
  }

  /** A part of a new pool that is as long as it has to be. */
  Part allocateAlone(long lengthBytes, OptionalInt node, List<JournalRecord> records) {
    return allocateNew(lengthBytes, 0, node, records);
  }

  private Part allocateNew(
      long lengthBytes, long atLeastBytes, OptionalInt node, List<JournalRecord> records) {
    long size =
        Math.max(Math.ceilDiv(lengthBytes, HugePages.BYTES), atLeastBytes / HugePages.BYTES)
            * HugePages.BYTES;
    long token = live.nextToken();
    String poolName = POOL_NAME + token;
    LiveFile file;
    try (Undo undo = new Undo()) {
      Memfd memfd = undo.closes(Memfd.createSealed(live.syscalls, poolName, size));
      MappedMemory memory = undo.closes(HugePages.map(memfd, size, node));
      file =
          live.file(memfd, new BackingFile(token, poolName, size, BackingFile.Origin.POOL))
              .mapped(memory);
      undo.forget();
    }
    live.files.put(token, file);
    PoolAllocator allocator = new PoolAllocator(pageBytes);
    pools.put(file, allocator);
    allocator.free(lengthBytes, size - lengthBytes);
    records.add(new FileAdded(file.state()));
    return new Part(file, 0, lengthBytes, true);
  }

  /** Notes that a mapping is of a part that another one has, too: the last of them frees it. */
  void share(LiveMapping mapping) {
    if (pools.containsKey(mapping.file())) {
      shared.merge(new Shared(mapping.file(), offset(mapping.state())), 1, Integer::sum);
    }
  }

  /**
   * Frees what is behind a mapping that is not mapped any more, if that is a part of a pool and no
   * other mapping's.
   */
  void free(LiveMapping mapping) {
    PoolAllocator allocator = mapping.file() == null ? null : pools.get(mapping.file());
    if (allocator == null) {
      return;
    }
    Shared part = new Shared(mapping.file(), offset(mapping.state()));
    if (shared.containsKey(part)) {
      shared.computeIfPresent(part, (any, others) -> others == 1 ? null : others - 1);
    } else {
      allocator.free(part.offsetBytes(), mapping.state().iova().lengthBytes());
    }
  }

  /** Gives back what was allocated in vain: of a new pool, of which nothing is recorded, all. */
  void giveBack(Part part) {
    if (part.fresh()) {
      remove(part.file());
    } else {
      pools.get(part.file()).free(part.offsetBytes(), part.lengthBytes());
    }
  }

  private void remove(LiveFile file) {
    pools.remove(file);
    live.files.remove(file.token());
    Closing closing = new Closing();
    closing.step(() -> live.store.remove(live.store.names().file(file.token())));
    closing.step(file::close);
    closing.end();
  }
}
