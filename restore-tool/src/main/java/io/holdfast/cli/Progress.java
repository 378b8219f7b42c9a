package io.holdfast.cli;

import io.holdfast.session.RestoreListener;
import io.holdfast.session.Stage;
import java.time.Instant;

/**
 * Measures a restore's stages, and shows its progress in one line of the terminal that is written
 * over and over. Not thread-safe.
 */
final class Progress implements RestoreListener, AutoCloseable {
  private static final long PAUSE_NANOS = 50_000_000;

  private final Console console;
  private final StageTimes times = new StageTimes(System.nanoTime());
  private final ProgressLine line = new ProgressLine();
  private long lastShown;
  private boolean shown;

  Progress(Console console) {
    this.console = console;
  }

  @Override
  public void onProgress(Stage stage, String item, int done, int total) {
    long now = System.nanoTime();
    times.onProgress(stage, done, now);
    if (!console.isWatched()) {
      return;
    }
    if (done == 1) {
      line.begin(stage, now);
    }
    if (done == total || now - lastShown >= PAUSE_NANOS) {
      lastShown = now;
      shown = true;
      console.progress(line.after(stage, item, done, total, now));
    }
  }

  /** The restore is over; what its stages took. */
  StageTimes.Result finished() {
    return times.finished(Instant.now());
  }

  /** Takes the line away again. */
  @Override
  public void close() {
    if (shown) {
      console.progress("");
    }
  }
}
