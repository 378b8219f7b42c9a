package io.holdfast.engine;

import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;

/**
 * A memfd of the session that is open now: the engine's half of the public {@code DmaFile}. Guarded
 * by the session's lock; reading is thread-safe.
 */
public final class LiveFile {
  final Memfd memfd;
  private volatile BackingFile state;

  LiveFile(Memfd memfd, BackingFile state) {
    this.memfd = memfd;
    this.state = state;
  }

  /** What is recorded of it. */
  public BackingFile state() {
    return state;
  }

  long token() {
    return state.token();
  }

  /** Grows or shrinks the file. */
  void resize(long sizeBytes) {
    memfd.resize(sizeBytes);
    state = new BackingFile(state.token(), state.name(), sizeBytes, state.origin());
  }
}
