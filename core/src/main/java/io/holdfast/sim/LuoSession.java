package io.holdfast.sim;

import io.holdfast.sim.SessionLog.SavedFile;
import java.util.LinkedHashMap;
import java.util.Map;

/** A live-update session and the files in it, by token. */
final class LuoSession {
  /**
   * A file of a session. {@code memory} is held by the session as long as it is listed; {@code
   * saved} is what of it goes to the next kernel or came from the one before; {@code file} is the
   * open file, once it is retrieved; {@code errno} why it never will be.
   */
  static final class PreservedFile {
    final MemoryFile memory;
    final SavedFile saved;
    MemfdFile file;
    int errno;

    PreservedFile(MemoryFile memory, MemfdFile file, SavedFile saved) {
      this.memory = memory;
      this.file = file;
      this.saved = saved;
    }
  }

  private final String name;
  private final boolean incoming;
  private final Map<Long, PreservedFile> files = new LinkedHashMap<>();
  private boolean retrieved;

  LuoSession(String name, boolean incoming) {
    this.name = name;
    this.incoming = incoming;
  }

  String name() {
    return name;
  }

  /** It came from the kernel before. */
  boolean isIncoming() {
    return incoming;
  }

  boolean isRetrieved() {
    return retrieved;
  }

  void setRetrieved() {
    retrieved = true;
  }

  Map<Long, PreservedFile> files() {
    return files;
  }
}
