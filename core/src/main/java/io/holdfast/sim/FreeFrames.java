package io.holdfast.sim;

import java.util.BitSet;

/**
 * Which page frames are free, and the search for one: the lowest is looked for from where the last
 * search ended, so that taking all frames one by one looks at each once. Not thread-safe.
 */
final class FreeFrames {
  private final BitSet used;
  private int noneBelow;
  private long lookedAt;

  /** All of so many frames are free. */
  FreeFrames(int frames) {
    used = new BitSet(frames);
  }

  boolean isFree(int pfn) {
    return !used.get(pfn);
  }

  /** Whether all of a range are free. */
  boolean isFree(int start, int count) {
    int next = used.nextSetBit(start);
    return next < 0 || next >= start + count;
  }

  void take(int pfn) {
    used.set(pfn);
  }

  void take(int start, int count) {
    used.set(start, start + count);
  }

  void release(int pfn) {
    used.clear(pfn);
    noneBelow = Math.min(noneBelow, pfn);
  }

  void release(int start, int count) {
    used.clear(start, start + count);
    noneBelow = Math.min(noneBelow, start);
  }

  /** Those of a range that are not free, counted from its start. */
  BitSet taken(int start, int count) {
    return used.get(start, start + count);
  }

  /** The lowest free frame; the number of frames, or more, if there is none. */
  int lowest() {
    noneBelow = from(noneBelow);
    return noneBelow;
  }

  /** The lowest free frame from this one on; the number of frames, or more, if there is none. */
  int from(int start) {
    int pfn = used.nextClearBit(start);
    lookedAt += pfn - start + 1L;
    return pfn;
  }

  /** How many frames all searches so far have looked at. */
  long lookedAt() {
    return lookedAt;
  }
}
