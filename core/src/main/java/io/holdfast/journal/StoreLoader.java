package io.holdfast.journal;

import io.holdfast.sys.LoadedAhead;
import java.time.Duration;

/**
 * Loads the journal's store before a change needs it.
 *
 * <p>Chronicle Map is some 700 classes, which take the better part of a second to load in a JVM
 * without an archive of them. A restored session does without until its first change, which begins
 * the move that needs them, and where that is {@code preserve()}, a device waits. One thread for
 * each JVM does it once, some time after the first restore ({@link LoadedAhead}): only classes are
 * loaded.
 */
public final class StoreLoader {
  /** Until then the driver has the processors: it restores its device, and does its first I/O. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private static final LoadedAhead STORE =
      new LoadedAhead(
          "holdfast-journal-loader",
          () -> {
            Thread.sleep(PAUSE);
            ChronicleSequence.load();
          });

  private StoreLoader() {}

  /** Has the store loaded in the background; more than once is fine. Returns at once. */
  public static void loadLater() {
    STORE.begin();
  }
}
