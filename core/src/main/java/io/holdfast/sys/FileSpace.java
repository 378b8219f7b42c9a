package io.holdfast.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * Reserves disk blocks for a file of this machine, so that writing it through a mapping cannot run
 * into a full disk, which would be a SIGBUS.
 *
 * <p>It is no part of {@link Syscalls}: a journal's file lies on a real disk even where the kernel
 * is a simulated one. Thread-safe.
 */
public final class FileSpace {
  private static final MethodHandle POSIX_FALLOCATE =
      LinkerHelper.downcall(
          "posix_fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));

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
    while (true) {
      int errno;
      try {
        errno = (int) POSIX_FALLOCATE.invokeExact(fd, offset, length);
      } catch (Error | RuntimeException thrown) {
        throw thrown;
      } catch (Throwable thrown) {
        throw new IllegalStateException(thrown);
      }
      if (errno != Errno.EINTR) {
        return -errno;
      }
    }
  }
}
