package io.holdfast.sim;

import java.lang.foreign.MemorySegment;

/** The blocks of a simulated NVMe device's namespaces. */
final class NvmeMedium {
  static final int NAMESPACES = 2;
  private static final long FIRST_BYTES = 32 << 20;
  private static final long SECOND_BYTES = 16 << 20;
  static final long BYTES = FIRST_BYTES + SECOND_BYTES;

  private final MemorySegment first;
  private final MemorySegment second;

  NvmeMedium(MemorySegment storage) {
    first = storage.asSlice(0, FIRST_BYTES);
    second = storage.asSlice(FIRST_BYTES, SECOND_BYTES);
  }

  static boolean exists(int namespace) {
    return namespace >= 1 && namespace <= NAMESPACES;
  }

  MemorySegment namespace(int namespace) {
    return switch (namespace) {
      case 1 -> first;
      case 2 -> second;
      default -> throw new IllegalArgumentException("namespaces are 1 and 2, not " + namespace);
    };
  }

  /** A block's size as a power of two. */
  static int blockShift(int namespace) {
    return namespace == 1 ? 9 : 12;
  }

  long blocks(int namespace) {
    return namespace(namespace).byteSize() >> blockShift(namespace);
  }

  /** Whether these blocks are there. */
  boolean contains(int namespace, long block, long count) {
    return block >= 0 && block <= blocks(namespace) - count;
  }

  MemorySegment blocks(int namespace, long block, long count) {
    int shift = blockShift(namespace);
    return namespace(namespace).asSlice(block << shift, count << shift);
  }
}
