package io.holdfast.sys;

import java.lang.foreign.MemorySegment;

/**
 * The system calls on Unix sockets, the part of {@link Syscalls} by which descriptors pass from one
 * process to another.
 *
 * <p>Every method returns a value {@code >= 0}, or {@code -errno}. Structs ({@code struct
 * sockaddr_un}, {@code msghdr}, {@code pollfd}) and what they point to must be native memory, laid
 * out as in {@code io.holdfast.uapi.SocketUapi}. None is repeated after EINTR.
 */
public interface SocketCalls {
  /** {@code socket(2)}; returns a descriptor. */
  int socket(int domain, int type, int protocol);

  /** {@code socketpair(2)}: puts two connected descriptors into {@code fds}. */
  int socketpair(int domain, int type, int protocol, int[] fds);

  /** {@code bind(2)} to an address of {@code address.byteSize()} bytes. */
  int bind(int fd, MemorySegment address);

  /** {@code listen(2)}. */
  int listen(int fd, int backlog);

  /** {@code connect(2)} to an address of {@code address.byteSize()} bytes. */
  int connect(int fd, MemorySegment address);

  /** {@code accept4(2)}, without the peer's address; returns a descriptor. */
  int accept4(int fd, int flags);

  /** {@code sendmsg(2)} of a {@code struct msghdr}; returns the bytes sent. */
  long sendmsg(int fd, MemorySegment message, int flags);

  /** {@code recvmsg(2)} into a {@code struct msghdr}; returns the bytes received. */
  long recvmsg(int fd, MemorySegment message, int flags);

  /** {@code shutdown(2)}. */
  int shutdown(int fd, int how);

  /** {@code getsockopt(2)} into the whole of {@code value}; returns the option's length. */
  int getsockopt(int fd, int level, int option, MemorySegment value);

  /**
   * {@code poll(2)} on an array of {@code struct pollfd}; returns how many are ready.
   *
   * @param timeoutMillis how long to wait, 0 not to, -1 for ever
   */
  int poll(MemorySegment pollfds, int timeoutMillis);
}
