package io.holdfast.engine;

import io.holdfast.linux.HugePages;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Hands out parts of one file, first fit.
 *
 * <p>Only the bookkeeping. A part of up to 2 MiB lies within one huge page, and so in one piece of
 * physical memory where the kernel has made those; a longer one begins at one. All begin and end at
 * pages. Guarded by the session's lock.
 */
final class PoolAllocator {
  private final long pageBytes;
  private final TreeMap<Long, Long> holes = new TreeMap<>();

  /** A file, all of it in use. */
  PoolAllocator(long pageBytes) {
    this.pageBytes = pageBytes;
  }

  /**
   * Takes a part and answers its offset; empty if there is no room for it.
   *
   * @param alignment a power of two that the offset is a multiple of
   */
  OptionalLong allocate(long lengthBytes, long alignment) {
    long length = roundUp(lengthBytes, pageBytes);
    long step = Math.max(alignment, length > HugePages.BYTES ? HugePages.BYTES : pageBytes);
    for (Map.Entry<Long, Long> hole : holes.entrySet()) {
      long start = hole.getKey(); // The map may use the entry for another hole once it is removed.
      long end = start + hole.getValue();
      long offset = within(roundUp(start, step), length, step);
      if (offset <= end && length <= end - offset) {
        holes.remove(start);
        addHole(start, offset);
        addHole(offset + length, end);
        return OptionalLong.of(offset);
      }
    }
    return OptionalLong.empty();
  }

  /** The offset, or where the next huge page begins if a short part would cross into that. */
  private static long within(long offset, long length, long step) {
    long next = roundUp(offset + 1, HugePages.BYTES);
    return length <= HugePages.BYTES && offset + length > next ? roundUp(next, step) : offset;
  }

  /** Gives a part back. */
  void free(long offset, long lengthBytes) {
    long start = offset;
    long end = offset + roundUp(lengthBytes, pageBytes);
    Map.Entry<Long, Long> before = holes.floorEntry(start);
    if (before != null && before.getKey() + before.getValue() == start) {
      start = before.getKey();
      holes.remove(start);
    }
    Long after = holes.remove(end);
    if (after != null) {
      end += after;
    }
    addHole(start, end);
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
