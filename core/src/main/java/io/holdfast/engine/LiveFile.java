package io.holdfast.engine;

import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.Extensions;
import java.util.OptionalLong;

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
    withSize(sizeBytes);
  }

  /** As a file that has this size. */
  LiveFile withSize(long sizeBytes) {
    if (sizeBytes != state.sizeBytes()) {
      state = with(sizeBytes, OptionalLong.empty(), state.extensions());
    }
    return this;
  }

  /** Records with it what the kernel calls it. */
  void identify() {
    state =
        with(
            state.sizeBytes(),
            state.crc32c(),
            KernelIds.ofFile(state.extensions(), memfd.identity()));
  }

  private BackingFile with(long sizeBytes, OptionalLong crc32c, Extensions extensions) {
    return new BackingFile(
        state.token(), state.name(), sizeBytes, state.origin(), crc32c, extensions);
  }
}
