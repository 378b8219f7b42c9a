package io.holdfast.linux;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.EventfdUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An eventfd: a counter of 64 bits that a device's interrupts add 1 to, and that is readable while
 * it is not 0. Thread-safe; a read or write allocates nothing.
 */
public final class EventFd extends Descriptor {
  /** Guarded by itself. */
  private final MemorySegment value = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);

  private EventFd(Syscalls syscalls, int fd, String what) {
    super(syscalls, fd, what);
  }

  /** A new one, at 0, closed at exec. */
  public static EventFd create(Syscalls syscalls, String what) {
    int fd = syscalls.eventfd(0, EventfdUapi.EFD_CLOEXEC | EventfdUapi.EFD_NONBLOCK);
    return new EventFd(syscalls, KernelErrors.check(fd, "eventfd", what), what);
  }

  /** What the counter was; it is 0 again. Does not wait. */
  public long take() {
    int number = acquire();
    try {
      synchronized (value) {
        long answer = syscalls().read(number, value);
        if (answer == -Errno.EAGAIN) {
          return 0;
        }
        requireWhole("read", answer);
        return value.get(ValueLayout.JAVA_LONG, 0);
      }
    } finally {
      release();
    }
  }

  /** Adds to the counter, which wakes who waits for it. */
  public void add(long amount) {
    int number = acquire();
    try {
      synchronized (value) {
        value.set(ValueLayout.JAVA_LONG, 0, amount);
        requireWhole("write", syscalls().write(number, value));
      }
    } finally {
      release();
    }
  }

  private void requireWhole(String call, long answer) {
    if (answer != Long.BYTES) {
      throw KernelErrors.of(call, answer < 0 ? answer : -Errno.EIO, what());
    }
  }
}
