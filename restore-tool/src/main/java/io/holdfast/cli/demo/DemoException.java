package io.holdfast.cli.demo;

import io.holdfast.model.HoldfastException;

/** The demo itself did not run to its end. */
public final class DemoException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  DemoException(String problem, String remedy) {
    super(problem, remedy);
  }
}
