package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.MemorySegment;

/**
 * An open file description ({@code struct file}): what descriptors, of one or several processes,
 * refer to.
 *
 * <p>Counted: descriptors, memory mappings, IOAS mappings and LUO sessions hold it, and with the
 * last of them it is released. The answers here are those of a file that does not know the
 * operation.
 */
abstract class OpenFile {
  private int references;

  final void hold() {
    references++;
  }

  final void put() {
    references--;
    if (references == 0) {
      release();
    }
  }

  /** The last reference is gone. */
  abstract void release();

  /** What {@code /proc/PID/fd/N} links to. */
  abstract String describe();

  /** The access mode (O_RDONLY, O_WRONLY, O_RDWR) it was opened with. */
  abstract int accessMode();

  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    throw Failure.of(Errno.ENOTTY);
  }

  int ioctl(SimulatedProcess caller, long request, long argument) {
    throw Failure.of(Errno.EFAULT);
  }

  long pread(MemorySegment buffer, long offset) {
    throw Failure.of(Errno.EINVAL);
  }

  long pwrite(MemorySegment buffer, long offset) {
    throw Failure.of(Errno.EINVAL);
  }

  long read(MemorySegment buffer) {
    throw Failure.of(Errno.EINVAL);
  }

  /** Why it cannot be mapped. */
  int mmapErrno() {
    return Errno.ENODEV;
  }

  void truncate(long length) {
    throw Failure.of(Errno.EINVAL);
  }

  void stat(MemorySegment statx) {
    FileStatus.fill(statx, StatUapi.S_IFREG | 0600, 1, 0, 0, 0);
  }
}
