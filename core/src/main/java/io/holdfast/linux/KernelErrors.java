package io.holdfast.linux;

import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;

/** Turns a system call's {@code -errno} into a {@link KernelException} that says what to do. */
public final class KernelErrors {
  private KernelErrors() {}

  /**
   * The exception for a system call's negative result.
   *
   * @param request the request's or call's name as the header spells it
   * @param result what the call returned, {@code -errno}
   * @param subject what it was about (ids, IOVA, length, path), or an empty string
   */
  public static KernelException of(String request, long result, String subject) {
    return of(request, result, subject, KernelRemedies.of(request, (int) -result));
  }

  /** As {@link #of}, for a request that pins pages: says which limit ENOMEM comes from. */
  static KernelException ofMapping(Syscalls syscalls, String request, long result, String subject) {
    String remedy =
        result == -Errno.ENOMEM
            ? LockedMemory.remedy(syscalls)
            : KernelRemedies.of(request, (int) -result);
    return of(request, result, subject, remedy);
  }

  /** The same, where the caller knows better what to do. */
  static KernelException of(String request, long result, String subject, String remedy) {
    int errno = (int) -result;
    return new KernelException(
        request,
        errno,
        request
            + " failed with "
            + Errno.name(errno)
            + " ("
            + Errno.describe(errno)
            + ")"
            + (subject.isEmpty() ? "" : " for " + subject),
        remedy);
  }

  /** {@code result} if it is not negative, else throws the exception for it. */
  public static int check(int result, String request, String subject) {
    if (result < 0) {
      throw of(request, result, subject);
    }
    return result;
  }
}
