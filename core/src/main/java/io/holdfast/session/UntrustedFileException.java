package io.holdfast.session;

import io.holdfast.model.HoldfastException;

/**
 * A state directory, or a file in it, that somebody else can have written: what it says decides
 * where devices are allowed to write, so it is not read.
 */
public final class UntrustedFileException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  /** Says which and why, and what to do. */
  public UntrustedFileException(String problem, String remedy) {
    super(problem, remedy);
  }
}
