package io.holdfast.serializer;

import io.holdfast.model.HoldfastException;

/**
 * A manifest cannot be read or written; its children say why.
 *
 * <p>Whatever bytes are handed to {@link Manifest}, nothing but a child of this class comes out of
 * it.
 */
public abstract class ManifestException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  /** As {@link HoldfastException#HoldfastException(String, String, Throwable)}. */
  protected ManifestException(String problem, String remedy, Throwable cause) {
    super(problem, remedy, cause);
  }
}
