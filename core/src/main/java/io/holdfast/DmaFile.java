package io.holdfast;

import io.holdfast.engine.LiveFile;

/**
 * A memfd that the driver brought along, to map buffers from with {@link Ioas#map}. Belongs to the
 * session that returned it, and is refused by every other. Thread-safe.
 */
public final class DmaFile {
  private final LiveFile file;

  DmaFile(LiveFile file) {
    this.file = file;
  }

  /** Its name within the session. */
  public String name() {
    return file.state().name();
  }

  /** Its size in bytes, as recorded. */
  public long sizeBytes() {
    return file.state().sizeBytes();
  }

  LiveFile live() {
    return file;
  }
}
