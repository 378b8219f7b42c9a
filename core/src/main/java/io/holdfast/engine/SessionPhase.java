package io.holdfast.engine;

import io.holdfast.session.SessionException;

/**
 * What may be done with a session now: changed, only looked at while it is being sealed or is
 * sealed, or nothing.
 *
 * <p>Guarded by the session's lock, on which it also waits.
 */
final class SessionPhase {
  private enum Phase {
    OPEN,
    SEALING,
    SEALED,
    CLOSED
  }

  private final Object lock;
  private final String session;
  private Phase phase = Phase.OPEN;
  private boolean dead;

  SessionPhase(Object lock, String session) {
    this.lock = lock;
    this.session = session;
  }

  boolean isClosed() {
    return phase == Phase.CLOSED;
  }

  /** Whether it was the death of the process that closed it. */
  boolean isDead() {
    return dead;
  }

  void requireOpen() {
    if (phase == Phase.CLOSED) {
      throw new IllegalStateException("session \"" + session + "\" is closed");
    }
  }

  /** Refuses changes to a session that the next kernel gets as it is. */
  void requireChangeable() {
    requireOpen();
    switch (phase) {
      case SEALING ->
          throw new SessionException(
              "session \"" + session + "\" is being sealed for a live update by another thread",
              "wait for preserve(), then call cancelPreserve() to change the session");
      case SEALED ->
          throw new SessionException(
              "session \""
                  + session
                  + "\" is sealed for a live update; what changed now would not be preserved",
              "call cancelPreserve() first, and preserve() again afterwards");
      default -> {}
    }
  }

  void beginSealing() {
    requireChangeable();
    phase = Phase.SEALING;
  }

  /** Begins sealed: the last process has preserved the session. */
  void resumeSealed() {
    phase = Phase.SEALED;
  }

  void endSealing(boolean sealed) {
    if (phase == Phase.SEALING) {
      phase = sealed ? Phase.SEALED : Phase.OPEN;
    }
    lock.notifyAll();
  }

  void unsealed() {
    if (phase == Phase.SEALED) {
      phase = Phase.OPEN;
    }
  }

  /** Waits while another thread seals the session; an interrupt is kept for the caller. */
  void awaitSealed() {
    boolean interrupted = false;
    while (phase == Phase.SEALING) {
      try {
        lock.wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void close() {
    phase = Phase.CLOSED;
    lock.notifyAll();
  }

  void die() {
    dead = true;
    close();
  }
}
