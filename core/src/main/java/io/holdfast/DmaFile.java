package io.holdfast;

import io.holdfast.engine.SessionEngine;

/**
 * A memfd that the driver brought along, to map buffers from with {@link Ioas#map}. Thread-safe.
 */
public final class DmaFile {
  private final SessionEngine engine;
  private final String name;
  private final long token;

  DmaFile(SessionEngine engine, String name, long token) {
    this.engine = engine;
    this.name = name;
    this.token = token;
  }

  /** Its name within the session. */
  public String name() {
    return name;
  }

  /** Its size in bytes. */
  public long sizeBytes() {
    return engine.fileSizeBytes(token);
  }

  long token() {
    return token;
  }
}
