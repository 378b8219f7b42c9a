package io.holdfast.lives;

import io.holdfast.lives.Model.Buffer;
import io.holdfast.lives.Model.Content;

/**
 * The one thing that a process was just adding or removing when it died, which may be there or not.
 *
 * @param key its name, as the journal and the model have it
 * @param buffer the buffer, if it is one
 * @param file the memfd, if it is one
 */
record Pending(String key, Buffer buffer, Content file) {
  static Pending of(String key) {
    return new Pending(key, null, null);
  }

  static Pending of(Buffer buffer) {
    return new Pending(buffer.key(), buffer, null);
  }

  static Pending of(Content file) {
    return new Pending(file.name, null, file);
  }

  /** Its name; null for nothing. */
  static String name(Pending pending) {
    return pending == null ? null : pending.key();
  }
}
