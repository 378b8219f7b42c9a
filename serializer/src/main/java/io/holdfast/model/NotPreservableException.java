package io.holdfast.model;

/**
 * Memory or a file that a live update cannot carry over the kexec, so that recording it would
 * promise too much.
 */
public final class NotPreservableException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  /** Says what cannot be preserved and why, and what to use instead. */
  public NotPreservableException(String problem, String remedy) {
    super(problem, remedy);
  }
}
