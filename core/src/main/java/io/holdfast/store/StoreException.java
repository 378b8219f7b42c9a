package io.holdfast.store;

import io.holdfast.model.HoldfastException;

/**
 * A descriptor store that refuses, is gone or cannot be understood: what was asked of it has not
 * happened.
 */
public final class StoreException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong and where, and what to do. */
  public StoreException(String problem, String remedy) {
    super(problem, remedy);
  }

  StoreException(String problem, String remedy, Throwable cause) {
    super(problem, remedy, cause);
  }
}
