package io.holdfast.engine;

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
  private final Map<String, LuoSession> sessions = new ConcurrentHashMap<>();

  void retain(LuoSession session) {
    sessions.put(session.name(), session);
  }

  Optional<LuoSession> take(String name) {
    return Optional.ofNullable(sessions.remove(name));
  }

  /** Forgets all of them: they died with their process. */
  void clear() {
    sessions.clear();
  }
}
