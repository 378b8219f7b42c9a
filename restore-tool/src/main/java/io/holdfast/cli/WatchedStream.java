package io.holdfast.cli;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A stream of the process that remembers the first failure of a write; after it nothing more is
 * written. Not thread-safe.
 */
final class WatchedStream extends OutputStream {
  private final OutputStream to;
  private IOException failure;

  WatchedStream(OutputStream to) {
    this.to = to;
  }

  /** The operation of a write. */
  @FunctionalInterface
  private interface Write {
    void run() throws IOException;
  }

  private void watch(Write write) throws IOException {
    if (failure != null) {
      throw failure;
    }
    try {
      write.run();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public void write(int octet) throws IOException {
    watch(() -> to.write(octet));
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    watch(() -> to.write(bytes, from, length));
  }

  @Override
  public void flush() throws IOException {
    watch(to::flush);
  }

  /** Why the first write that failed did, in the system's words; null if none has. */
  String failure() {
    return failure == null ? null : String.valueOf(failure.getMessage());
  }
}
