package io.holdfast.sim;

import java.util.HashMap;
import java.util.Map;

/**
 * Which pages of a stretch of memory are pinned, each in which frame and how often. It costs what
 * is pinned, however long the stretch: an IOAS takes a mapping of 2^63 bytes of which a page is
 * pinned.
 */
final class PinTable {
  private static final int CHUNK_SHIFT = 9;
  private static final int CHUNK_PAGES = 1 << CHUNK_SHIFT;

  private static final class Chunk {
    final int[] frames = new int[CHUNK_PAGES];
    final int[] users = new int[CHUNK_PAGES];
    int pinned;
  }

  private final Map<Long, Chunk> chunks = new HashMap<>();

  /** The chunk that was looked at last: neighbours are looked at one after the other. */
  private Chunk last;

  private long lastNumber = -1;

  private Chunk chunk(long page) {
    long number = page >>> CHUNK_SHIFT;
    if (number != lastNumber) {
      last = chunks.get(number);
      lastNumber = number;
    }
    return last;
  }

  private static int within(long page) {
    return (int) page & (CHUNK_PAGES - 1);
  }

  boolean isPinned(long page) {
    Chunk chunk = chunk(page);
    return chunk != null && chunk.users[within(page)] > 0;
  }

  /** The frame a pinned page is in. */
  int frame(long page) {
    return chunk(page).frames[within(page)];
  }

  /** Pins a page that is not pinned, in a frame. */
  void pin(long page, int frame) {
    Chunk chunk = chunk(page);
    if (chunk == null) {
      chunk = new Chunk();
      chunks.put(page >>> CHUNK_SHIFT, chunk);
      last = chunk;
    }
    chunk.frames[within(page)] = frame;
    chunk.users[within(page)] = 1;
    chunk.pinned++;
  }

  /** Pins a pinned page once more. */
  void pinAgain(long page) {
    chunk(page).users[within(page)]++;
  }

  /** Takes one pin back; returns whether it was the page's last. */
  boolean unpin(long page) {
    Chunk chunk = chunk(page);
    if (--chunk.users[within(page)] > 0) {
      return false;
    }
    if (--chunk.pinned == 0) {
      chunks.remove(page >>> CHUNK_SHIFT);
      last = null;
    }
    return true;
  }

  /** A page that is pinned in a frame; -1 if there is none. */
  long pageIn(int frame) {
    for (Map.Entry<Long, Chunk> each : chunks.entrySet()) {
      Chunk chunk = each.getValue();
      for (int i = 0; i < CHUNK_PAGES; i++) {
        if (chunk.users[i] > 0 && chunk.frames[i] == frame) {
          return (each.getKey() << CHUNK_SHIFT) + i;
        }
      }
    }
    return -1;
  }
}
