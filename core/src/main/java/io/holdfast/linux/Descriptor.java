package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.FD_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.F_GETFD;
import static io.holdfast.uapi.FcntlUapi.F_SETFD;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;

/**
 * An open file descriptor that somebody owns: closed once, and by nobody else.
 *
 * <p>Thread-safe. Using it after {@link #close} is an {@link IllegalStateException}: a number that
 * the kernel may have given to another file must never be used.
 */
public class Descriptor implements AutoCloseable {
  private static final int CLOSED = -1;

  private final Syscalls syscalls;
  private final String what;
  private volatile int fd;

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

  /** The descriptor's number, 0 or more. */
  public final int fd() {
    int number = fd;
    if (number == CLOSED) {
      throw new IllegalStateException(what + " is closed");
    }
    return number;
  }

  /** What it is, for messages. */
  public final String what() {
    return what;
  }

  final Syscalls syscalls() {
    return syscalls;
  }

  /** Whether it is open. */
  public final boolean isOpen() {
    return fd != CLOSED;
  }

  /** Lets the descriptor pass an exec, or not. */
  public final void setInheritable(boolean inheritable) {
    int flags = KernelErrors.check(syscalls.fcntl(fd(), F_GETFD, 0), "fcntl F_GETFD", what);
    int wanted = inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
    KernelErrors.check(syscalls.fcntl(fd(), F_SETFD, wanted), "fcntl F_SETFD", what);
  }

  /**
   * Closes it; a second time does nothing. What the kernel answers to close tells nothing that can
   * be acted on.
   */
  @Override
  public synchronized void close() {
    if (fd != CLOSED) {
      syscalls.close(fd);
      fd = CLOSED;
    }
  }
}
