package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.PollUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** An eventfd: a counter that interrupts add to. */
final class EventFile extends AnonymousFile {
  private static final int EFD_SEMAPHORE = 1;
  private static final int EFD_NONBLOCK = 04000;

  private static final long MOST = -2; // of 64 bits without a sign

  private final boolean semaphore;
  private final boolean nonBlocking;
  private final Runnable changed;
  private long count;

  /**
   * An eventfd.
   *
   * @param flags those of {@code eventfd2(2)}
   * @param changed tells who waits for it
   */
  EventFile(long initial, int flags, Runnable changed) {
    if ((flags & ~(EFD_SEMAPHORE | EFD_NONBLOCK | FcntlUapi.O_CLOEXEC)) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    this.count = initial;
    this.changed = changed;
    this.semaphore = (flags & EFD_SEMAPHORE) != 0;
    this.nonBlocking = (flags & EFD_NONBLOCK) != 0;
  }

  void signal() {
    count++;
    changed.run();
  }

  @Override
  void release() {
    count = 0;
  }

  @Override
  int poll() {
    return (Long.compareUnsigned(count, MOST) < 0 ? PollUapi.POLLOUT : 0)
        | (count != 0 ? PollUapi.POLLIN : 0);
  }

  @Override
  String describe() {
    return "anon_inode:[eventfd]";
  }

  @Override
  int statusFlags() {
    return super.statusFlags() | (nonBlocking ? EFD_NONBLOCK : 0);
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

  /** Never blocks: where the counter is full, nobody reads it. */
  @Override
  long write(MemorySegment buffer) {
    if (buffer.byteSize() < Long.BYTES) {
      throw Failure.of(Errno.EINVAL);
    }
    long added = buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    if (added == -1) {
      throw Failure.of(Errno.EINVAL);
    }
    if (Long.compareUnsigned(added, MOST - count) > 0) {
      throw Failure.of(Errno.EAGAIN);
    }
    count += added;
    changed.run();
    return Long.BYTES;
  }
}
