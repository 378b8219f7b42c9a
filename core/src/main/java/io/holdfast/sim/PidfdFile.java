package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.MemorySegment;

/** A pidfd: its inode's number names a process for the whole of a boot. */
final class PidfdFile extends OpenFile {
  private final long inode;

  PidfdFile(long inode) {
    this.inode = inode;
  }

  @Override
  void release() {
    // The process does not end with it.
  }

  @Override
  String describe() {
    return "anon_inode:[pidfd]";
  }

  @Override
  int statusFlags() {
    return FcntlUapi.O_RDWR;
  }

  @Override
  long read(MemorySegment buffer) {
    throw Failure.of(Errno.EINVAL);
  }

  @Override
  void stat(MemorySegment statx) {
    FileStatus.fill(statx, StatUapi.S_IFREG | 0700, 1, inode, 0, 0);
  }
}
