package io.holdfast.session;

import io.holdfast.sys.Syscalls;
import java.util.Collection;

/**
 * A simulated process that has died, in a JVM that lives on: what it left in this JVM is given up
 * as a real process's is by its end.
 */
public final class DeadProcess {
  private DeadProcess() {}

  /** Gives up the sessions that a process had, writing nothing. */
  public static void bury(Syscalls process, Collection<SessionEngine> sessions) {
    sessions.forEach(SessionEngine::abandon);
    RetainedSessions.forget(process);
  }
}
