package io.holdfast.session;

import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import java.util.OptionalInt;

/**
 * Where a buffer has to lie for a device: in physical memory, or in IOVAs behind an IOMMU, where it
 * is in one piece whatever memory is behind it. Immutable.
 *
 * <p>The kernel decides where memory lies; a placement is looked for, bounded in time and memory,
 * and proved by the physical addresses, or the buffer is refused. In one piece up to 2 MiB is what
 * huge pages give; above that it takes luck, or a host that has just booted. A restored buffer lies
 * where it lay, and is refused if that is not what is asked for.
 *
 * @param contiguous whether its bytes follow each other
 * @param alignmentBytes its address is a multiple of this power of two
 * @param belowAddress every byte lies below this address
 * @param boundaryBytes no run of bytes that follow each other crosses a multiple of this power of
 *     two; 0 for none
 * @param numaNode the NUMA node that all of its pages are on, 0 to 1023; empty for any
 */
public record Placement(
    boolean contiguous,
    long alignmentBytes,
    long belowAddress,
    long boundaryBytes,
    OptionalInt numaNode) {
  /** Anywhere, in any number of pieces. */
  public static final Placement ANYWHERE =
      new Placement(false, 1, Long.MAX_VALUE, 0, OptionalInt.empty());

  public Placement {
    requirePowerOfTwo("an alignment", alignmentBytes);
    if (boundaryBytes != 0) {
      requirePowerOfTwo("a boundary", boundaryBytes);
    }
    if (numaNode.isPresent()
        && (numaNode.getAsInt() < 0 || numaNode.getAsInt() >= MappingState.MOST_NUMA_NODES)) {
      throw new IllegalArgumentException(
          "a NUMA node is 0 to %d, not %d"
              .formatted(MappingState.MOST_NUMA_NODES - 1, numaNode.getAsInt()));
    }
    if (belowAddress <= 0) {
      throw new IllegalArgumentException(
          "nothing lies below physical address 0x%x".formatted(belowAddress));
    }
  }

  private static void requirePowerOfTwo(String what, long bytes) {
    if (bytes <= 0 || (bytes & (bytes - 1)) != 0) {
      throw new IllegalArgumentException(what + " is a power of two, not " + bytes);
    }
  }

  /**
   * What about memory is other than this, in words that go on from its name; empty if nothing.
   * Which node it is on, its addresses do not tell.
   */
  public String problem(ExtentList extents) {
    if (extents.size() == 0) {
      return "";
    }
    if (contiguous && extents.size() > 1) {
      return "is in %d pieces, the longest of %d bytes"
          .formatted(extents.size(), longestRunBytes(extents));
    }
    if ((extents.physicalAddress(0) & (alignmentBytes - 1)) != 0) {
      return "begins at physical address 0x%x, no multiple of %d"
          .formatted(extents.physicalAddress(0), alignmentBytes);
    }
    for (int i = 0; i < extents.size(); i++) {
      long first = extents.physicalAddress(i);
      long last = first + extents.lengthBytes(i) - 1;
      if (last >= belowAddress) {
        return "reaches to physical address 0x%x, not below 0x%x".formatted(last, belowAddress);
      }
      if (boundaryBytes != 0 && first / boundaryBytes != last / boundaryBytes) {
        return "crosses a multiple of %d between physical addresses 0x%x and 0x%x"
            .formatted(boundaryBytes, first, last);
      }
    }
    return "";
  }

  /** As {@link #problem(ExtentList)}, of a buffer that devices see at these IOVAs. */
  public String problem(IovaRange range) {
    if ((range.start() & (alignmentBytes - 1)) != 0) {
      return "is at IOVA 0x%x, no multiple of %d".formatted(range.start(), alignmentBytes);
    }
    if (Long.compareUnsigned(range.last(), belowAddress) >= 0) {
      return "reaches to IOVA 0x%x, not below 0x%x".formatted(range.last(), belowAddress);
    }
    if (boundaryBytes != 0
        && Long.divideUnsigned(range.start(), boundaryBytes)
            != Long.divideUnsigned(range.last(), boundaryBytes)) {
      return "crosses a multiple of %d between IOVAs 0x%x and 0x%x"
          .formatted(boundaryBytes, range.start(), range.last());
    }
    return "";
  }

  /** The longest run of bytes that follow each other. */
  static long longestRunBytes(ExtentList extents) {
    long longest = 0;
    for (int i = 0; i < extents.size(); i++) {
      longest = Math.max(longest, extents.lengthBytes(i));
    }
    return longest;
  }
}
