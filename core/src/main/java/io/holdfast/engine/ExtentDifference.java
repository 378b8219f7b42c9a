package io.holdfast.engine;

import io.holdfast.model.ExtentList;
import java.util.Optional;

/**
 * The first place where two lists of extents describe different memory.
 *
 * @param offsetBytes the offset into the buffer
 * @param recorded the physical address recorded for it
 * @param found the physical address it has now
 */
record ExtentDifference(long offsetBytes, long recorded, long found) {
  /**
   * The first difference; empty where every byte of both is at the same address. Both must be
   * equally long.
   */
  static Optional<ExtentDifference> first(ExtentList recorded, ExtentList found) {
    if (recorded.equals(found)) {
      return Optional.empty();
    }
    int i = 0;
    int j = 0;
    long offset = 0;
    long usedI = 0;
    long usedJ = 0;
    while (i < recorded.size() && j < found.size()) {
      long was = recorded.physicalAddress(i) + usedI;
      long is = found.physicalAddress(j) + usedJ;
      if (was != is) {
        return Optional.of(new ExtentDifference(offset, was, is));
      }
      long step = Math.min(recorded.lengthBytes(i) - usedI, found.lengthBytes(j) - usedJ);
      offset += step;
      usedI += step;
      usedJ += step;
      if (usedI == recorded.lengthBytes(i)) {
        i++;
        usedI = 0;
      }
      if (usedJ == found.lengthBytes(j)) {
        j++;
        usedJ = 0;
      }
    }
    throw new IllegalArgumentException(
        "extent lists of %d and %d bytes".formatted(recorded.lengthBytes(), found.lengthBytes()));
  }

  @Override
  public String toString() {
    return "at offset 0x%x the physical address was 0x%x and is 0x%x"
        .formatted(offsetBytes, recorded, found);
  }
}
