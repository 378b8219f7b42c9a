package io.holdfast.engine;

import io.holdfast.serializer.Manifest;
import io.holdfast.sys.NativeSyscalls;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has a second thread load what a restore needs, while the first gets to where it needs it.
 *
 * <p>Linking C functions, the digest's provider and the CBOR parser take a JVM a few milliseconds
 * each, and no start-up cache keeps what comes of it. The thread is a daemon that holds no
 * descriptor, file or lock, makes no system call of the host's and ends by itself. What it cannot
 * load is told to whoever needs it. Thread-safe.
 */
public final class Preload {
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private Preload() {}

  /** Begins, once in a JVM. Returns at once. */
  public static void begin() {
    if (BEGUN.compareAndSet(false, true)) {
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .name("holdfast-preload")
              .inheritInheritableThreadLocals(false)
              .unstarted(Preload::load);
      thread.setContextClassLoader(null);
      thread.start();
    }
  }

  private static void load() {
    try {
      NativeSyscalls.preload();
      Manifest.preload();
    } catch (RuntimeException | LinkageError ignored) {
      // Whoever needs it meets the same failure, and can be told of it.
    }
  }
}
