package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.MemorySegment;

/** A file that a system call made and that no path leads to: it has no type and no position. */
abstract class AnonymousFile extends OpenFile {
  private static final int PERMISSIONS = 0600;

  @Override
  int statusFlags() {
    return FcntlUapi.O_RDWR;
  }

  @Override
  long pread(MemorySegment buffer, long offset) {
    throw Failure.of(Errno.ESPIPE);
  }

  @Override
  long pwrite(MemorySegment buffer, long offset) {
    throw Failure.of(Errno.ESPIPE);
  }

  @Override
  final void stat(MemorySegment statx) {
    FileStatus.fill(statx, PERMISSIONS, 1, 0, 0, 0);
  }
}
