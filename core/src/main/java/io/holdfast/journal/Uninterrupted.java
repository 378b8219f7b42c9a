package io.holdfast.journal;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * Runs file operations to their end in a thread that is interrupted: a channel is closed under the
 * operation when an interrupt comes, which must not make a journal fail. The interrupt is kept for
 * whoever waits for it.
 */
final class Uninterrupted {
  /** A file operation that may be done again from its start. */
  @FunctionalInterface
  interface Operation<T> {
    T run() throws IOException;
  }

  private Uninterrupted() {}

  static <T> T run(Operation<T> operation) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try {
          return operation.run();
        } catch (ClosedByInterruptException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
