package io.holdfast.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's functions on sockets, as {@link Libc} has the others. */
final class LibcSockets {
  private LibcSockets() {}

  private static final MethodHandle SOCKET =
      Libc.function("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SOCKETPAIR =
      Libc.function("socketpair", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle BIND =
      Libc.function("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle LISTEN = Libc.function("listen", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle CONNECT =
      Libc.function("connect", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle ACCEPT4 =
      Libc.function("accept4", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
  private static final MethodHandle SENDMSG =
      Libc.function("sendmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle RECVMSG =
      Libc.function("recvmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SHUTDOWN =
      Libc.function("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle GETSOCKOPT =
      Libc.function("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle POLL =
      Libc.function("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

  /** As {@link Libc#link}. */
  static void link() {
    // The static initialiser of this class has done it.
  }

  static int socket(int domain, int type, int protocol) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) SOCKET.invokeExact(state, domain, type, protocol));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int socketpair(int domain, int type, int protocol, MemorySegment fds) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) SOCKETPAIR.invokeExact(state, domain, type, protocol, fds));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int bind(int fd, MemorySegment address, int length) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) BIND.invokeExact(state, fd, address, length));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int listen(int fd, int backlog) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) LISTEN.invokeExact(state, fd, backlog));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int connect(int fd, MemorySegment address, int length) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) CONNECT.invokeExact(state, fd, address, length));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int accept4(int fd, int flags) {
    MemorySegment state = Libc.state();
    MemorySegment none = MemorySegment.NULL;
    try {
      return Libc.answer(state, (int) ACCEPT4.invokeExact(state, fd, none, none, flags));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static long sendmsg(int fd, MemorySegment message, int flags) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (long) SENDMSG.invokeExact(state, fd, message, flags));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static long recvmsg(int fd, MemorySegment message, int flags) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (long) RECVMSG.invokeExact(state, fd, message, flags));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int shutdown(int fd, int how) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) SHUTDOWN.invokeExact(state, fd, how));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int getsockopt(int fd, int level, int option, MemorySegment value, MemorySegment length) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(
          state, (int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int poll(MemorySegment pollfds, long count, int timeoutMillis) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) POLL.invokeExact(state, pollfds, count, timeoutMillis));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }
}
