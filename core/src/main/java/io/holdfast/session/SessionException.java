package io.holdfast.session;

import io.holdfast.model.HoldfastException;

/**
 * A session that cannot do what it was asked in the state it is in, or a buffer that is not the one
 * recorded.
 */
public final class SessionException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  /** Says what and why, and what to do. */
  public SessionException(String problem, String remedy) {
    super(problem, remedy);
  }

  /** As above, with what caused it. */
  public SessionException(String problem, String remedy, Throwable cause) {
    super(problem, remedy, cause);
  }
}
