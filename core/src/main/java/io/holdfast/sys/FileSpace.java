package io.holdfast.sys;

import java.lang.invoke.MethodHandle;

/**
 * Reserves disk blocks for a file of this machine, so that writing it through a mapping cannot run
 * into a full disk, which would be a SIGBUS.
 *
 * <p>It is no part of {@link Syscalls}: a journal's file lies on a real disk even where the kernel
 * is a simulated one. Thread-safe.
 */
public final class FileSpace {
  private static final MethodHandle POSIX_FALLOCATE = CCall.ofNumbers("posix_fallocate");

  private FileSpace() {}

  /**
   * Reserves the blocks of a range, and makes the file that long if it is shorter; what is in the
   * file stays ({@code posix_fallocate(3)}, which writes to each block where the file system knows
   * no other way).
   *
   * @param fd open for writing
   * @param offset in bytes
   * @param length in bytes
   * @return 0, or {@code -errno}: ENOSPC and EDQUOT if there is no room
   */
  public static int reserve(int fd, long offset, long length) {
    int errno; // which this function answers itself
    do {
      errno = (int) CCall.numbers(POSIX_FALLOCATE, fd, offset, length);
    } while (errno == Errno.EINTR);
    return -errno;
  }
}
