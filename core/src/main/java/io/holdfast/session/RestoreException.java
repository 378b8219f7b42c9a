package io.holdfast.session;

import io.holdfast.model.HoldfastException;

/**
 * A session that is there but cannot be restored as it was; nothing was handed out.
 *
 * <p>The live update session stays open in this process, so that the same call can be made again
 * once the cause is removed. It is lost when the process ends.
 */
public final class RestoreException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  private final transient RestoreReport report;

  /** Says what failed, what to do, and what was found until then. */
  public RestoreException(String problem, String remedy, RestoreReport report, Throwable cause) {
    super(problem, remedy, cause);
    this.report = report;
  }

  /** What was found until then. */
  public RestoreReport report() {
    return report;
  }
}
