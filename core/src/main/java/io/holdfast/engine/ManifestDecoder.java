package io.holdfast.engine;

import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.util.Arrays;

/**
 * Decodes a restore's manifest once: the copy in the state directory, which is planned with, and
 * what the kernel holds are the same bytes, if nothing is wrong. What differs in a byte is decoded.
 * Thread-safe.
 */
public final class ManifestDecoder {
  private byte[] last;
  private SessionState session;

  /**
   * The session that a manifest holds.
   *
   * @param manifest not to be changed any more
   * @throws io.holdfast.serializer.ManifestException as {@link Manifest#decode(byte[])}
   */
  public synchronized SessionState decode(byte[] manifest) {
    if (!Arrays.equals(last, manifest)) {
      forget();
      session = Manifest.decode(manifest);
      last = manifest;
    }
    return session;
  }

  /** As {@link #decode}, for the last time. */
  synchronized SessionState decodeAndForget(byte[] manifest) {
    SessionState decoded = decode(manifest);
    forget();
    return decoded;
  }

  private void forget() {
    last = null;
    session = null;
  }
}
