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
    super(problem, remedy);
    this.request = request;
    this.errno = errno;
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
