package io.holdfast.engine;

/**
 * Closes several things though some of them fail: every step is run, the first failure is thrown at
 * the end with the later ones suppressed beside it. Not thread-safe.
 */
final class Closing {
  private Throwable first;

  /** Runs a step; its failure is kept, not thrown. */
  Closing step(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      if (first == null) {
        first = e;
      } else {
        first.addSuppressed(e);
      }
    }
    return this;
  }

  /** Throws the first failure, if any step failed. */
  void end() {
    switch (first) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError(first); // Steps throw nothing else.
    }
  }

  /** Undoes something after a failure, which a failure of undoing must not hide. */
  static void undo(Throwable failure, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      failure.addSuppressed(e);
    }
  }
}
