package io.holdfast.sim;

/**
 * A system call that ends with an errno: thrown anywhere below {@link SimulatedProcess}, which
 * answers {@code -errno}.
 *
 * <p>One instance for each errno, without a stack trace, so that a refusal costs as little as an
 * answer.
 */
final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final Failure[] ALL = new Failure[134];

  static {
    for (int errno = 0; errno < ALL.length; errno++) {
      ALL[errno] = new Failure(errno);
    }
  }

  private final int errno;

  private Failure(int errno) {
    super(null, null, false, false);
    this.errno = errno;
  }

  static Failure of(int errno) {
    return ALL[errno];
  }

  int errno() {
    return errno;
  }
}
