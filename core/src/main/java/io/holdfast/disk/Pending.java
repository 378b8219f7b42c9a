package io.holdfast.disk;

import java.io.IOException;

/**
 * An operation that goes on in the background ({@link Disk#begin}). Thread-safe.
 *
 * @param <T> what it returns
 */
public interface Pending<T> {
  /** Whether it has ended, one way or the other; {@link #await} returns at once then. */
  boolean isDone();

  /**
   * Waits for its end, however often the caller is interrupted.
   *
   * @throws IOException as the operation throws it; unchecked exceptions and errors too
   */
  T await() throws IOException;
}
