package io.holdfast.model;

/**
 * A request that the kernel refused: its name, the error number, and what it was about.
 *
 * <p>The message reads {@code IOMMU_IOAS_MAP_FILE failed with EEXIST (File exists) for ioas_id 2,
 * iova 0x100000000, length 4096: …} and ends in what to do where the cause is known.
 */
public final class KernelException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  private final String request;
  private final int errno;

  /**
   * A refused request.
   *
   * @param request the request's or call's name as the header spells it
   * @param errno the error number, positive
   */
  public KernelException(String request, int errno, String problem, String remedy) {
    this(request, errno, problem, remedy, null);
  }

  private KernelException(
      String request, int errno, String problem, String remedy, KernelException cause) {
    super(problem, remedy, cause);
    this.request = request;
    this.errno = errno;
  }

  /** The same refusal, with what it was about in the caller's terms before it. */
  public KernelException about(String what) {
    return new KernelException(request, errno, what + ": " + problem(), remedy(), this);
  }

  /** The request's name, such as {@code IOMMU_IOAS_MAP_FILE}, or the system call's. */
  public String request() {
    return request;
  }

  /** The error number, positive, as in {@code errno(3)}. */
  public int errno() {
    return errno;
  }
}
