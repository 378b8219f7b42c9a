package io.holdfast.sim;

import java.lang.foreign.MemorySegment;

/**
 * Whom a page frame belongs to, and where its bytes are; {@code index} is what the owner gave for
 * the frame.
 */
interface FrameOwner {
  /** Copies bytes of one frame into {@code target}. */
  void read(long index, int offset, MemorySegment target);

  /** Overwrites bytes of one frame with {@code source}. */
  void write(long index, int offset, MemorySegment source);

  /** In words, for reports of violations. */
  String describe();

  /**
   * Memory of the machine's that has no bytes here: firmware, the kernel, other people's processes.
   */
  record Elsewhere(String describe) implements FrameOwner {
    // As PciIdentity's: a record's own would be made by the first restore.
    @Override
    public boolean equals(Object other) {
      return other instanceof Elsewhere that && describe.equals(that.describe);
    }

    @Override
    public int hashCode() {
      return describe.hashCode();
    }

    @Override
    public void read(long index, int offset, MemorySegment target) {
      target.fill((byte) 0xa5);
    }

    @Override
    public void write(long index, int offset, MemorySegment source) {
      throw new IllegalStateException("nobody may write to memory of " + describe);
    }
  }
}
