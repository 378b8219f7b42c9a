package io.holdfast.model;

/** Memory that cannot be unmapped now, because a native call of another thread uses it. */
public final class MemoryInUseException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  /** Says which memory is in use. */
  public MemoryInUseException(String what, Throwable cause) {
    super(
        "cannot unmap " + what + ": a native call of another thread uses its segment",
        "close it again when that call has returned",
        cause);
  }
}
