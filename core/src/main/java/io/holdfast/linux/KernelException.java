package io.holdfast.linux;

import io.holdfast.model.HoldfastException;
import io.holdfast.sys.Errno;

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

  private KernelException(String request, int errno, String subject) {
    super(
        request
            + " failed with "
            + Errno.name(errno)
            + " ("
            + Errno.describe(errno)
            + ")"
            + (subject.isEmpty() ? "" : " for " + subject),
        KernelRemedies.of(request, errno));
    this.request = request;
    this.errno = errno;
  }

  /**
   * The exception for a system call's negative answer.
   *
   * @param request the request's or call's name as the header spells it
   * @param answer what the call answered, {@code -errno}
   * @param subject what it was about (ids, IOVA, length, path), or an empty string
   */
  public static KernelException of(String request, long answer, String subject) {
    return new KernelException(request, (int) -answer, subject);
  }

  /** {@code answer} if it is not negative, else the exception for it. */
  public static int check(int answer, String request, String subject) {
    if (answer < 0) {
      throw of(request, answer, subject);
    }
    return answer;
  }

  /** The request's name, such as {@code IOMMU_IOAS_MAP_FILE}, or the system call's. */
  public String request() {
    return request;
  }

  /** The error number, positive. */
  public int errno() {
    return errno;
  }
}
