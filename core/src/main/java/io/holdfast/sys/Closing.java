package io.holdfast.sys;

/**
 * Closes several things though some of them fail: every step is run, the first failure is thrown at
 * the end with the later ones suppressed in it. Not thread-safe.
 */
public final class Closing {
  /** Something to be done at the end, which may fail in any way. */
  @FunctionalInterface
  public interface Step {
    /** Does it. */
    void run() throws Exception;
  }

  private Throwable first;

  /** Runs a step; its failure is kept, not thrown. */
  public Closing step(Step step) {
    try {
      step.run();
    } catch (Throwable failure) { // Errors too: the steps that are left have to be run.
      keep(failure);
    }
    return this;
  }

  @SuppressWarnings("ReferenceEquality") // An exception cannot suppress itself, only itself.
  private void keep(Throwable failure) {
    if (first == null) {
      first = failure;
    } else if (first != failure) {
      first.addSuppressed(failure);
    }
  }

  /** Throws the first failure as it was thrown, if any step failed. */
  public void end() {
    if (first != null) {
      throw Closing.<RuntimeException>unchecked(first);
    }
  }

  /** Throws what was caught as it was caught, checked or not. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E unchecked(Throwable failure) throws E {
    throw (E) failure;
  }
}
