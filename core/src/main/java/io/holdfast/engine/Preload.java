package io.holdfast.engine;

import io.holdfast.serializer.Manifest;
import io.holdfast.sys.LoadedAhead;
import io.holdfast.sys.NativeSyscalls;

/**
 * Has a second thread load what a restore needs, while the first gets to where it needs it.
 *
 * <p>Linking C functions, the digest's provider and the CBOR parser take a JVM a few milliseconds
 * each, and no start-up cache keeps what comes of it. Thread-safe.
 */
public final class Preload {
  private static final LoadedAhead ALL =
      new LoadedAhead(
          "holdfast-preload",
          () -> {
            NativeSyscalls.preload();
            Manifest.preload();
          });

  private Preload() {}

  /** Begins, once in a JVM. Returns at once. */
  public static void begin() {
    ALL.begin();
  }
}
