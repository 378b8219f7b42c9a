package io.holdfast;

import io.holdfast.linux.MappedMemory;
import java.lang.foreign.MemorySegment;

/**
 * A device's region mapped into this process.
 *
 * <p>The segment can be used by any thread until {@link #close}; afterwards an access fails with an
 * {@link IllegalStateException}. Thread-safe.
 */
public final class MappedRegion implements AutoCloseable {
  private final MappedMemory memory;

  MappedRegion(MappedMemory memory) {
    this.memory = memory;
  }

  /** The region's memory; what it does when read or written is the device's business. */
  public MemorySegment segment() {
    return memory.segment();
  }

  /**
   * Unmaps it; a second time does nothing. Closing the device does it too.
   *
   * @throws io.holdfast.model.HoldfastException if a native call of another thread uses the segment
   *     now; it can be closed again
   */
  @Override
  public void close() {
    memory.close();
  }
}
