package io.holdfast.cli;

import io.holdfast.session.RestoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/** Keeps a session that could not be restored, instead of losing it with the end of the process. */
final class HoldUntilEnd {
  static final String DESCRIPTION =
      "Where it fails, keep the session and what it holds until this process is ended; Enter tries"
          + " again.";

  private HoldUntilEnd() {}

  /**
   * Tries until it works. After each failure it waits for a line from the input; where there is no
   * input, for good.
   */
  static <T> T retrying(Console console, Supplier<T> attempt) {
    while (true) {
      try {
        return attempt.get();
      } catch (RestoreException failed) {
        Failure.of(failed).printTo(console, false);
        console
            .err()
            .println(
                "holdfast: process "
                    + ProcessHandle.current().pid()
                    + " keeps the session; Enter tries again, ending it gives the memory up");
        console.err().flush();
        awaitLine();
      }
    }
  }

  private static void awaitLine() {
    try {
      int read;
      do {
        read = System.in.read();
      } while (read >= 0 && read != '\n');
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
