package io.holdfast.session;

import io.holdfast.linux.LuoSession;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Live update sessions that were retrieved but could not be restored yet.
 *
 * <p>Closing a retrieved session discards what it holds, so a failed restore keeps it open here
 * until the same process tries again, or ends. Thread-safe.
 */
final class RetainedSessions {
  private record Key(Object kernel, String name) {}

  private static final Map<Key, LuoSession> SESSIONS = new ConcurrentHashMap<>();

  private RetainedSessions() {}

  static void retain(Object kernel, LuoSession session) {
    SESSIONS.put(new Key(kernel, session.name()), session);
  }

  /** Forgets the sessions of a kernel's process that has died: they died with it. */
  static void forget(Object kernel) {
    SESSIONS.keySet().removeIf(key -> key.kernel().equals(kernel));
  }

  static Optional<LuoSession> take(Object kernel, String name) {
    return Optional.ofNullable(SESSIONS.remove(new Key(kernel, name)));
  }
}
