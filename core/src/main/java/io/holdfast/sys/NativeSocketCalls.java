package io.holdfast.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The running kernel's sockets; the half of {@link NativeSyscalls} that {@link SocketCalls} is. */
abstract sealed class NativeSocketCalls extends NativeBootCalls implements SocketCalls
    permits NativePathCalls {
  /** {@code sizeof(struct pollfd)}, in {@code poll.h}. */
  private static final int POLLFD_BYTES = 8;

  @Override
  public final int socket(int domain, int type, int protocol) {
    return LibcSockets.socket(domain, type, protocol);
  }

  @Override
  public final int socketpair(int domain, int type, int protocol, int[] fds) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(ValueLayout.JAVA_INT, 2);
      int answer = LibcSockets.socketpair(domain, type, protocol, pair);
      if (answer == 0) {
        fds[0] = pair.getAtIndex(ValueLayout.JAVA_INT, 0);
        fds[1] = pair.getAtIndex(ValueLayout.JAVA_INT, 1);
      }
      return answer;
    }
  }

  @Override
  public final int bind(int fd, MemorySegment address) {
    return LibcSockets.bind(fd, address, (int) address.byteSize());
  }

  @Override
  public final int listen(int fd, int backlog) {
    return LibcSockets.listen(fd, backlog);
  }

  @Override
  public final int connect(int fd, MemorySegment address) {
    return LibcSockets.connect(fd, address, (int) address.byteSize());
  }

  @Override
  public final int accept4(int fd, int flags) {
    return LibcSockets.accept4(fd, flags);
  }

  @Override
  public final long sendmsg(int fd, MemorySegment message, int flags) {
    return LibcSockets.sendmsg(fd, message, flags);
  }

  @Override
  public final long recvmsg(int fd, MemorySegment message, int flags) {
    return LibcSockets.recvmsg(fd, message, flags);
  }

  @Override
  public final int shutdown(int fd, int how) {
    return LibcSockets.shutdown(fd, how);
  }

  @Override
  public final int getsockopt(int fd, int level, int option, MemorySegment value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocate(ValueLayout.JAVA_INT);
      length.set(ValueLayout.JAVA_INT, 0, (int) value.byteSize());
      int answer = LibcSockets.getsockopt(fd, level, option, value, length);
      return answer < 0 ? answer : length.get(ValueLayout.JAVA_INT, 0);
    }
  }

  @Override
  public final int poll(MemorySegment pollfds, int timeoutMillis) {
    return LibcSockets.poll(pollfds, pollfds.byteSize() / POLLFD_BYTES, timeoutMillis);
  }
}
