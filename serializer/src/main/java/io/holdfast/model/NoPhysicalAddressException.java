package io.holdfast.model;

/** Memory that has no physical address to be told of: a page that is not there, or not its own. */
public final class NoPhysicalAddressException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  /** Says which page has none and why, and what to do. */
  public NoPhysicalAddressException(String problem, String remedy) {
    super(problem, remedy);
  }
}
