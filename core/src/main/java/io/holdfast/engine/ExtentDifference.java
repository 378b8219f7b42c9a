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
    for (ExtentPairs pairs = new ExtentPairs(recorded, found); pairs.next(); ) {
      if (pairs.first() != pairs.second()) {
        return Optional.of(
            new ExtentDifference(pairs.offsetBytes(), pairs.first(), pairs.second()));
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
