package io.holdfast.engine;

import io.holdfast.linux.LuoSession;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Live update sessions that were retrieved but could not be restored yet, and the inherited
 * descriptors that have been used up.
 *
 * <p>Closing a retrieved session discards what it holds, so a failed restore keeps it open here
 * until the same process tries again, or ends. An environment goes on announcing descriptors that
 * were taken, whose numbers may be other files' by then. Thread-safe.
 */
final class RetainedSessions {
  /**
   * A session for another try.
   *
   * @param keptAs the name that a store has it under, if it came from there
   */
  record Retained(LuoSession luo, Optional<String> keptAs) {}

  private final Map<String, Retained> sessions = new ConcurrentHashMap<>();
  private final Set<Integer> usedUp = ConcurrentHashMap.newKeySet();

  /** Keeps a session by its own name, which need not be the kernel's. */
  void retain(String name, LuoSession session, Optional<String> keptAs) {
    sessions.put(name, new Retained(session, keptAs));
  }

  Optional<Retained> take(String name) {
    return Optional.ofNullable(sessions.remove(name));
  }

  /** Whether a session is kept for another try. */
  boolean has(String name) {
    return sessions.containsKey(name);
  }

  /** These inherited descriptors are somebody's now, or nobody's. */
  void useUp(Collection<Integer> inherited) {
    usedUp.addAll(inherited);
  }

  Set<Integer> usedUp() {
    return Set.copyOf(usedUp);
  }

  /** Forgets all of them: they died with their process. */
  void clear() {
    sessions.clear();
    usedUp.clear();
  }
}
