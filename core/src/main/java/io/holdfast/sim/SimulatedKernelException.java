package io.holdfast.sim;

import io.holdfast.model.HoldfastException;

/**
 * The directory of a simulated machine cannot be used: in use by another process, damaged, or not
 * such a directory.
 */
public final class SimulatedKernelException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  SimulatedKernelException(String problem, String remedy) {
    super(problem, remedy);
  }

  SimulatedKernelException(String problem, String remedy, Throwable cause) {
    super(problem, remedy, cause);
  }
}
