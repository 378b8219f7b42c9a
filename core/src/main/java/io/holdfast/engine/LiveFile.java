package io.holdfast.engine;

import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;

/** A memfd of the session that is open now. Guarded by the session's lock. */
final class LiveFile {
  final Memfd memfd;
  private BackingFile state;

  LiveFile(Memfd memfd, BackingFile state) {
    this.memfd = memfd;
    this.state = state;
  }

  BackingFile state() {
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
