package io.holdfast.model;

/**
 * Anything Holdfast refuses or cannot do: says what is wrong and where, and what to do about it.
 *
 * <p>The root of every exception Holdfast throws for a reason outside the program (kernel, files,
 * input). Misuse of the API is answered with the JDK's own {@link IllegalArgumentException} and
 * {@link IllegalStateException}. Its children stand beside the code that throws them, so that a
 * caller can tell causes apart by type.
 */
public abstract class HoldfastException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  /**
   * @param problem what is wrong and where, without a full stop
   * @param remedy what the reader can do, or an empty string where nothing can be done
   */
  protected HoldfastException(String problem, String remedy) {
    this(problem, remedy, null);
  }

  /** As {@link #HoldfastException(String, String)}, with the exception that led to this one. */
  protected HoldfastException(String problem, String remedy, Throwable cause) {
    super(remedy.isEmpty() ? problem : problem + ": " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** What is wrong and where. */
  public final String problem() {
    return problem;
  }

  /** What to do about it; empty where nothing can be done. */
  public final String remedy() {
    return remedy;
  }
}
