package io.holdfast.lives;

/** A life in which something did not hold: what, the seed to live it again, and its trace. */
public final class LifeFailed extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final String invariant;
  private final long seed;

  LifeFailed(Invariant invariant, String detail, Trace trace, Throwable cause) {
    super(
        "%s: %s%nseed %d; live it again: tests/lives/run --seed %d --lives 1%n%s"
            .formatted(invariant.text(), detail, trace.seed(), trace.seed(), trace),
        cause);
    this.invariant = invariant.text();
    this.seed = trace.seed();
  }

  /** What did not hold, in words. */
  public String invariant() {
    return invariant;
  }

  /** The seed of the life. */
  public long seed() {
    return seed;
  }
}
