package io.holdfast;

import io.holdfast.engine.StateFile;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * A few bytes of a driver's own that the next life of it finds: queue heads, phases, the ids of
 * commands in flight.
 *
 * <p>They lie in memory that lives as long as the session's buffers, over a live update and, where
 * a store keeps the session, over the death of the process. Saving is a copy and a checksum, no
 * system call, and allocates nothing; it can be done for every command, and still after {@code
 * preserve()}. A process that is killed while it saves leaves what it had saved before.
 *
 * <p>Each life has a number, which a driver puts into its commands' ids so that it knows the
 * completions of a former life from its own. Thread-safe: of two that save at once one is last.
 */
public final class SavedState {
  private final StateFile file;

  SavedState(StateFile file) {
    this.file = file;
  }

  /** Its name within the session. */
  public String name() {
    return file.name();
  }

  /** How many bytes it has room for. */
  public int capacityBytes() {
    return file.capacityBytes();
  }

  /**
   * Which process this is of those that have had the state: 1 for the first, one more after each
   * live update and each death.
   */
  public long life() {
    return file.life();
  }

  /** Whether anything was saved, in this life or a former one. */
  public boolean isPresent() {
    return file.isPresent();
  }

  /** How many bytes were saved last; 0 if nothing was. */
  public int lengthBytes() {
    return file.lengthBytes();
  }

  /** The version they were saved with; 0 if nothing was. */
  public int version() {
    return file.version();
  }

  /** The life they were saved in; 0 if nothing was. */
  public long savedInLife() {
    return file.savedInLife();
  }

  /** What was saved last, as an array of its own. */
  public Optional<byte[]> bytes() {
    if (!isPresent()) {
      return Optional.empty();
    }
    byte[] bytes = new byte[file.capacityBytes()];
    int length = file.read(MemorySegment.ofArray(bytes));
    return Optional.of(Arrays.copyOf(bytes, length));
  }

  /**
   * Copies what was saved last, as much as there is room for, and answers how many bytes that is.
   * Allocates nothing.
   */
  public int read(MemorySegment target) {
    return file.read(target);
  }

  /**
   * Saves bytes in the place of those saved before. Allocates nothing.
   *
   * @param version the driver's own number of their layout, which the next life is told
   * @param bytes at most {@link #capacityBytes}
   * @throws IllegalArgumentException if they are more
   * @throws IllegalStateException if the session is closed
   */
  public void save(int version, MemorySegment bytes) {
    file.save(version, bytes);
  }
}
