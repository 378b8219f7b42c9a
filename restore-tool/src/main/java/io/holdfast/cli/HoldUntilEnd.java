package io.holdfast.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Keeps a session that could not be restored, instead of losing it with the end of the process. */
final class HoldUntilEnd {
  static final String DESCRIPTION = "On failure keep the session open; press Enter to retry.";

  private HoldUntilEnd() {}

  /**
   * Tries until it works. After each failure for which the session is kept, whatever it is, waits
   * for a line from the input; where there is no input, for good.
   *
   * @param isKept whether this process has the session now
   */
  static <T> T retrying(Console console, Supplier<T> attempt, BooleanSupplier isKept) {
    while (true) {
      try {
        return attempt.get();
      } catch (Throwable failed) { // An Error too: what the process holds is worth more than it.
        if (!isKept.getAsBoolean()) {
          throw failed;
        }
        // Not to the output stream, which gets how it ends.
        Failure.of(failed).printTo(console.onErrorStream(), "", false);
        console.message(
            "process "
                + ProcessHandle.current().pid()
                + " keeps the session open: press Enter to retry; the memory is released when this"
                + " process ends");
        awaitLine();
      }
    }
  }

  private static void awaitLine() {
    try {
      int read = -1;
      while (StandardStream.IN.isOpen()) {
        read = System.in.read();
        if (read < 0 || read == '\n') {
          break;
        }
      }
      while (read < 0) {
        Thread.sleep(Long.MAX_VALUE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while keeping the session", e);
    }
  }
}
