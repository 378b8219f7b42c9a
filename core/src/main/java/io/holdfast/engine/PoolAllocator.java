package io.holdfast.engine;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Hands out parts of one file: first fit among the holes, else growth at the end.
 *
 * <p>Only the bookkeeping; the caller resizes the file. Large parts begin at a multiple of 2 MiB,
 * so that the kernel can put large folios behind them; all begin and end at pages. Guarded by the
 * session's lock.
 */
final class PoolAllocator {
  private static final long LARGE_BYTES = 2L << 20;

  private final long pageBytes;
  private final TreeMap<Long, Long> holes = new TreeMap<>();
  private long sizeBytes;

  /** A file of the given size, all of it in use. */
  PoolAllocator(long pageBytes, long sizeBytes) {
    this.pageBytes = pageBytes;
    this.sizeBytes = sizeBytes;
  }

  /** The file size that what was handed out needs. */
  long sizeBytes() {
    return sizeBytes;
  }

  /** Takes a part and answers its offset; {@link #sizeBytes} may have grown. */
  long allocate(long lengthBytes) {
    long length = roundUp(lengthBytes, pageBytes);
    long alignment = length >= LARGE_BYTES ? LARGE_BYTES : pageBytes;
    for (Map.Entry<Long, Long> hole : holes.entrySet()) {
      long end = hole.getKey() + hole.getValue();
      long offset = roundUp(hole.getKey(), alignment);
      if (offset <= end && length <= end - offset) {
        holes.remove(hole.getKey());
        addHole(hole.getKey(), offset);
        addHole(offset + length, end);
        return offset;
      }
    }
    long offset = roundUp(sizeBytes, alignment);
    addHole(sizeBytes, offset);
    sizeBytes = Math.addExact(offset, length);
    return offset;
  }

  /** Gives a part back. */
  void free(long offset, long lengthBytes) {
    long start = offset;
    long end = offset + roundUp(lengthBytes, pageBytes);
    Optional<Map.Entry<Long, Long>> before = Optional.ofNullable(holes.floorEntry(start));
    if (before.isPresent() && before.get().getKey() + before.get().getValue() == start) {
      start = before.get().getKey();
      holes.remove(start);
    }
    Long after = holes.remove(end);
    if (after != null) {
      end += after;
    }
    addHole(start, end);
  }

  /** Forgets everything past a size: the file could not grow to hold it. */
  void truncate(long newSizeBytes) {
    sizeBytes = newSizeBytes;
    holes.tailMap(newSizeBytes).clear();
    Map.Entry<Long, Long> last = holes.lastEntry();
    if (last != null && last.getKey() + last.getValue() > newSizeBytes) {
      holes.put(last.getKey(), newSizeBytes - last.getKey());
    }
  }

  private void addHole(long start, long end) {
    if (end > start) {
      holes.put(start, end - start);
    }
  }

  private static long roundUp(long value, long unit) {
    return Math.addExact(value, unit - 1) / unit * unit;
  }
}
