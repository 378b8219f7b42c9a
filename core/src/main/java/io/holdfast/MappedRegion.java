package io.holdfast;

import io.holdfast.engine.LeakWatch;
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
  private final LeakWatch watch;

  MappedRegion(MappedMemory memory, String what) {
    this.memory = memory;
    this.watch = LeakWatch.of(this, what);
  }

  /** The region's memory; what it does when read or written is the device's business. */
  public MemorySegment segment() {
    return memory.segment();
  }

  /** Unmaps it; a second time does nothing. */
  @Override
  public void close() {
    watch.close();
    memory.close();
  }
}
