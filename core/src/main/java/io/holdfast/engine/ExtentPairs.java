package io.holdfast.engine;

import io.holdfast.model.ExtentList;

/**
 * Two lists of extents of the same buffer, side by side: stretch by stretch in which each is in one
 * piece, as far as the shorter one goes. Not thread-safe.
 *
 * <pre>{@code
 * for (ExtentPairs pairs = new ExtentPairs(before, after); pairs.next(); ) …
 * }</pre>
 */
public final class ExtentPairs {
  private final ExtentList first;
  private final ExtentList second;
  private int inFirst;
  private int inSecond;
  private long usedOfFirst;
  private long usedOfSecond;
  private long offset;
  private long length;

  /** Before the first stretch of both. */
  public ExtentPairs(ExtentList first, ExtentList second) {
    this.first = first;
    this.second = second;
  }

  /** Goes to the next stretch, if there is one. */
  public boolean next() {
    offset += length;
    usedOfFirst += length;
    usedOfSecond += length;
    if (inFirst < first.size() && usedOfFirst == first.lengthBytes(inFirst)) {
      inFirst++;
      usedOfFirst = 0;
    }
    if (inSecond < second.size() && usedOfSecond == second.lengthBytes(inSecond)) {
      inSecond++;
      usedOfSecond = 0;
    }
    if (inFirst == first.size() || inSecond == second.size()) {
      length = 0;
      return false;
    }
    length =
        Math.min(
            first.lengthBytes(inFirst) - usedOfFirst, second.lengthBytes(inSecond) - usedOfSecond);
    return true;
  }

  /** Where in the buffer the stretch begins. */
  public long offsetBytes() {
    return offset;
  }

  /** How long it is. */
  public long lengthBytes() {
    return length;
  }

  /** The physical address that the first list has for it. */
  public long first() {
    return first.physicalAddress(inFirst) + usedOfFirst;
  }

  /** The physical address that the second list has for it. */
  public long second() {
    return second.physicalAddress(inSecond) + usedOfSecond;
  }
}
