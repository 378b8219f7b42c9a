package io.holdfast.sim.differential;

/** The running kernel is not good for another program; a fresh one goes on. */
final class SpentKernel extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SpentKernel() {
    super("the last program left this kernel unusable", null, false, false);
  }
}
