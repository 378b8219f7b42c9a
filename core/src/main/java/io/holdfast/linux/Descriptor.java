package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.FD_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.F_DUPFD_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.F_GETFD;
import static io.holdfast.uapi.FcntlUapi.F_SETFD;

import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * An open file descriptor that somebody owns: closed once, and never while a call uses it.
 *
 * <p>A call that runs keeps the number from being closed and given to another file: {@link #close}
 * only forbids new uses, and the last use closes the descriptor. Using it afterwards fails with an
 * {@link IllegalStateException}. Thread-safe; a use costs two atomic operations and allocates
 * nothing.
 */
public class Descriptor implements AutoCloseable {
  /** Set in {@link #uses} once {@link #close} has been called. */
  private static final int CLOSING = Integer.MIN_VALUE;

  private static final VarHandle USES;

  static {
    try {
      USES = MethodHandles.lookup().findVarHandle(Descriptor.class, "uses", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Syscalls syscalls;
  private final String what;
  private final int fd;

  /** How many calls use the descriptor now, and whether it is closing. */
  @SuppressWarnings("unused") // Through USES.
  private volatile int uses;

  /**
   * Takes ownership of a descriptor.
   *
   * @param what what it is, for messages, such as {@code /dev/iommu}
   */
  public Descriptor(Syscalls syscalls, int fd, String what) {
    if (fd < 0) {
      throw new IllegalArgumentException("not a descriptor: " + fd);
    }
    this.syscalls = syscalls;
    this.fd = fd;
    this.what = what;
  }

  /** Opens a node for reading and writing and closes it again; returns 0 or {@code -errno}. */
  public static int tryOpen(Syscalls syscalls, String path) {
    int fd = syscalls.open(path, FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0);
    if (fd >= 0) {
      syscalls.close(fd);
    }
    return Math.min(fd, 0);
  }

  /**
   * Keeps the descriptor open until {@link #release}, and returns its number. Every call is
   * followed by one {@code release}, in a {@code finally}.
   *
   * @throws IllegalStateException if it is closed
   */
  public final int acquire() {
    int now;
    do {
      now = uses;
      if (now < 0) {
        throw new IllegalStateException(what + " is closed");
      }
    } while (!USES.compareAndSet(this, now, now + 1));
    return fd;
  }

  /** Ends a use; closes the descriptor if it was the last one of a closing descriptor. */
  public final void release() {
    int left = (int) USES.getAndAdd(this, -1) - 1;
    if (left == CLOSING) {
      syscalls.close(fd);
    }
  }

  /** An ioctl whose argument is a struct; returns what the kernel does, {@code -errno} included. */
  final int ioctl(long request, MemorySegment argument) {
    int number = acquire();
    try {
      return syscalls.ioctl(number, request, argument);
    } finally {
      release();
    }
  }

  /** An ioctl whose argument is a number; returns what the kernel does. */
  final int ioctl(long request, long argument) {
    int number = acquire();
    try {
      return syscalls.ioctl(number, request, argument);
    } finally {
      release();
    }
  }

  /** Reads at a file offset; returns what the kernel does. */
  final long pread(MemorySegment buffer, long offsetBytes) {
    int number = acquire();
    try {
      return syscalls.pread(number, buffer, offsetBytes);
    } finally {
      release();
    }
  }

  /** Writes at a file offset; returns what the kernel does. */
  final long pwrite(MemorySegment buffer, long offsetBytes) {
    int number = acquire();
    try {
      return syscalls.pwrite(number, buffer, offsetBytes);
    } finally {
      release();
    }
  }

  /** A descriptor operation; returns what the kernel does. */
  final int fcntl(int command, long argument) {
    int number = acquire();
    try {
      return syscalls.fcntl(number, command, argument);
    } finally {
      release();
    }
  }

  /**
   * Keeps several descriptors open until {@code uses} is closed, and returns their numbers.
   *
   * @throws IllegalStateException if one of them is closed
   */
  public static int[] acquireAll(List<? extends Descriptor> descriptors, Undo uses) {
    int[] numbers = new int[descriptors.size()];
    int i = 0;
    for (Descriptor each : descriptors) {
      numbers[i++] = each.acquire();
      uses.with(each::release);
    }
    return numbers;
  }

  /** What it is, for messages. */
  public final String what() {
    return what;
  }

  /** Which descriptor it is, for messages about one that is not what it should be. */
  public final String describe() {
    return "descriptor %d (%s)".formatted(fd, what);
  }

  /** What it is open in. */
  public final Syscalls syscalls() {
    return syscalls;
  }

  /** Whether it is open: not closed, and not closing. */
  public final boolean isOpen() {
    return uses >= 0;
  }

  /** Whether it is this number, so that closing that number would close it. */
  public final boolean isNumber(int number) {
    return isOpen() && fd == number;
  }

  /** A second descriptor of the same file, numbered {@code atLeast} or above, close-on-exec. */
  public final int duplicate(int atLeast) {
    return KernelErrors.check(fcntl(F_DUPFD_CLOEXEC, atLeast), "fcntl F_DUPFD_CLOEXEC", what);
  }

  /** Lets the descriptor pass an exec, or not. */
  public final void setInheritable(boolean inheritable) {
    int flags = KernelErrors.check(fcntl(F_GETFD, 0), "fcntl F_GETFD", what);
    int wanted = inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
    KernelErrors.check(fcntl(F_SETFD, wanted), "fcntl F_SETFD", what);
  }

  /**
   * Closes it when the calls that use it now have ended; a second time does nothing. What close(2)
   * returns is not told: nothing can be done about it.
   */
  @Override
  public void close() {
    int now;
    do {
      now = uses;
      if (now < 0) {
        return;
      }
    } while (!USES.compareAndSet(this, now, now | CLOSING));
    if (now == 0) {
      syscalls.close(fd);
    }
  }
}
