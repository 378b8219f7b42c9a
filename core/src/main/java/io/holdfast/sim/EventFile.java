package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** An eventfd: a counter that interrupts add to. */
final class EventFile extends OpenFile {
  static final int EFD_SEMAPHORE = 1;
  static final int EFD_NONBLOCK = 04000;

  private final boolean semaphore;
  private long count;

  EventFile(long initial, boolean semaphore) {
    this.count = initial;
    this.semaphore = semaphore;
  }

  void signal() {
    count++;
  }

  @Override
  void release() {
    count = 0;
  }

  @Override
  String describe() {
    return "anon_inode:[eventfd]";
  }

  @Override
  int accessMode() {
    return FcntlUapi.O_RDWR;
  }

  /**
   * Never blocks: an event that has not come when the last register write returned will not come by
   * waiting.
   */
  @Override
  long read(MemorySegment buffer) {
    if (buffer.byteSize() < Long.BYTES) {
      throw Failure.of(Errno.EINVAL);
    }
    if (count == 0) {
      throw Failure.of(Errno.EAGAIN);
    }
    long taken = semaphore ? 1 : count;
    buffer.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, taken);
    count -= taken;
    return Long.BYTES;
  }

  @Override
  long pread(MemorySegment buffer, long offset) {
    throw Failure.of(Errno.ESPIPE);
  }

  @Override
  long pwrite(MemorySegment buffer, long offset) {
    throw Failure.of(Errno.ESPIPE);
  }
}
