package io.holdfast.session;

import io.holdfast.model.HoldfastException;

/** The kernel holds no session of the name asked for: there is nothing to restore. */
public final class NothingPreservedException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  private final transient RestoreReport report;

  /** Says why there is nothing, from the report of a fresh start. */
  public NothingPreservedException(String name, RestoreReport report) {
    super(
        "nothing to restore for session \"" + name + "\": " + report.reason(),
        "start the driver afresh");
    this.report = report;
  }

  /** Why there is nothing. */
  public RestoreReport report() {
    return report;
  }
}
