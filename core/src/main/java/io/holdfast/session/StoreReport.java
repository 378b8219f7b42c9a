package io.holdfast.session;

/**
 * Which descriptor store a session uses, and what that means for its driver.
 *
 * @param kind which of the three
 * @param reason why it was chosen, in one sentence
 * @param meaning what outlives the driver's process and what does not, in one sentence
 */
public record StoreReport(Kind kind, String reason, String meaning) {
  /** The implementations of a descriptor store. */
  public enum Kind {
    /** systemd keeps descriptors for the service. */
    SYSTEMD,
    /** A holder process keeps them. */
    HOLDER,
    /** They live as long as the driver's process. */
    NONE
  }

  @Override
  public String toString() {
    return reason + ". " + meaning;
  }
}
