package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.PollUapi;
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
  /** What open and memfd_create add to the flags of a file, on 64-bit machines. */
  static final int O_LARGEFILE = 0100000;

  private int references;
  private OpenFileCount count;

  final void hold() {
    references++;
  }

  final void put() {
    references--;
    if (references == 0) {
      if (count != null) {
        count.add(-1);
      }
      release();
    }
  }

  /** Counts it, from its first descriptor on and until it is released. */
  final void countIn(OpenFileCount files) {
    if (count == null) {
      count = files;
      count.add(1);
    }
  }

  /** The last reference is gone. */
  abstract void release();

  /** What {@code /proc/PID/fd/N} links to. */
  abstract String describe();

  /** What F_GETFL answers: the access mode, and flags. */
  abstract int statusFlags();

  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    throw Failure.of(Errno.ENOTTY);
  }

  int ioctl(SimulatedProcess caller, long request, long argument) {
    throw Failure.of(Errno.ENOTTY);
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

  /**
   * {@code write(2)}; not simulated but for eventfds, since nothing that Holdfast has open else is
   * written to that way.
   */
  long write(MemorySegment buffer) {
    throw Failure.of(Errno.EINVAL);
  }

  /** What poll finds it ready for; a file that knows no waiting is always ready. */
  int poll() {
    return PollUapi.POLLIN | PollUapi.POLLOUT;
  }

  /** {@code fchmod(2)}. */
  void chmod(int permissions) {
    throw Failure.of(Errno.EPERM);
  }

  /** Why it cannot be mapped, shared or privately. */
  int mmapErrno(boolean shared) {
    return Errno.ENODEV;
  }

  void truncate(long length) {
    throw Failure.of(Errno.EINVAL);
  }

  abstract void stat(MemorySegment statx);
}
