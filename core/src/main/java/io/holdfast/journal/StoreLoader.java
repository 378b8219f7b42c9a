package io.holdfast.journal;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Loads the journal's store before a change needs it.
 *
 * <p>Chronicle Map is some 700 classes, which take the better part of a second to load in a JVM
 * without an archive of them. A restored session does without until its first change, which begins
 * the move that needs them, and where that is {@code preserve()}, a device waits. One thread for
 * each JVM does it once, some time after the first restore. It is a daemon, holds no descriptor,
 * file or lock, ends by itself, and nobody has a reference to it by which to interrupt it. It calls
 * nothing of the host's: only classes are loaded.
 */
public final class StoreLoader {
  /** Until then the driver has the processors: it restores its device, and does its first I/O. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private StoreLoader() {}

  /** Has the store loaded in the background; more than once is fine. Returns at once. */
  public static void loadLater() {
    if (BEGUN.compareAndSet(false, true)) {
      Thread loader =
          Thread.ofPlatform()
              .daemon()
              .name("holdfast-journal-loader")
              .inheritInheritableThreadLocals(false)
              .unstarted(StoreLoader::load);
      loader.setContextClassLoader(null);
      loader.start();
    }
  }

  private static void load() {
    try {
      Thread.sleep(PAUSE);
      ChronicleSequence.load();
    } catch (InterruptedException | RuntimeException | LinkageError ignored) {
      // Whoever makes a change meets the same failure, and can be told of it.
    }
  }
}
