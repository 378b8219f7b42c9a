package io.holdfast.engine;

import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.KernelException;
import io.holdfast.model.MappingState;
import io.holdfast.sys.Undo;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A session's own memory, which buffers are cut from: one memfd that grows, and another where one
 * cannot grow.
 *
 * <p>Guarded by the session's lock.
 */
final class MemoryPools {
  private static final String POOL_NAME = "pool-";

  private final LiveObjects live;
  private final long pageBytes;
  private final Map<LiveFile, PoolAllocator> pools = new LinkedHashMap<>();

  MemoryPools(LiveObjects live, long pageBytes) {
    this.live = live;
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
            .sorted(Comparator.comparingLong(MemoryPools::offset))
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

  /** A part of a pool; one that was used before holds what was written then. */
  record Part(LiveFile file, long offsetBytes, long lengthBytes, boolean reused) {
    void zero() {
      try (MappedMemory memory = file.memfd.map(offsetBytes, lengthBytes)) {
        memory.segment().fill((byte) 0);
      }
    }
  }

  /**
   * Cuts out a part of whole pages.
   *
   * @param records gets what has to be recorded of it
   */
  Part allocate(long lengthBytes, List<JournalRecord> records) {
    for (Map.Entry<LiveFile, PoolAllocator> pool : pools.entrySet()) {
      LiveFile file = pool.getKey();
      PoolAllocator allocator = pool.getValue();
      long offset = allocator.allocate(lengthBytes);
      if (allocator.sizeBytes() <= file.state().sizeBytes()) {
        return new Part(file, offset, lengthBytes, true);
      }
      try {
        file.resize(allocator.sizeBytes());
        records.add(new FileAdded(file.state()));
        return new Part(file, offset, lengthBytes, false);
      } catch (KernelException e) {
        // This pool cannot grow. What it handed out lies past its end and stays unused; another
        // pool takes over.
        allocator.truncate(file.state().sizeBytes());
      }
    }
    PoolAllocator allocator = new PoolAllocator(pageBytes, 0);
    long offset = allocator.allocate(lengthBytes);
    long token = live.nextToken();
    String poolName = POOL_NAME + token;
    LiveFile file;
    try (Undo undo = new Undo()) {
      Memfd memfd = undo.closes(Memfd.create(live.syscalls, poolName, lengthBytes));
      file =
          live.file(memfd, new BackingFile(token, poolName, lengthBytes, BackingFile.Origin.POOL));
      undo.forget();
    }
    live.files.put(token, file);
    pools.put(file, allocator);
    records.add(new FileAdded(file.state()));
    return new Part(file, offset, lengthBytes, false);
  }

  /** Gives a part back that nothing maps any more. */
  void free(Part part) {
    pools.get(part.file()).free(part.offsetBytes(), part.lengthBytes());
  }

  /** As {@link #free(Part)}, of what is behind a mapping, if that is a part of a pool. */
  void free(LiveMapping mapping) {
    PoolAllocator allocator = mapping.file() == null ? null : pools.get(mapping.file());
    if (allocator != null) {
      allocator.free(offset(mapping.state()), mapping.state().iova().lengthBytes());
    }
  }
}
