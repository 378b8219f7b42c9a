package io.holdfast.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/** The C library's functions on sockets, as {@link Libc} has the others. */
final class LibcSockets {
  private LibcSockets() {}

  /** What is called here, and has to be there. */
  static final List<String> SYMBOLS =
      List.of(
          "socket",
          "socketpair",
          "bind",
          "listen",
          "connect",
          "accept4",
          "sendmsg",
          "recvmsg",
          "shutdown",
          "getsockopt",
          "poll");

  private static final class Socket {
    static final MethodHandle HANDLE =
        Libc.function("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  }

  private static final class Socketpair {
    static final MethodHandle HANDLE =
        Libc.function("socketpair", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
  }

  private static final class Bind {
    static final MethodHandle HANDLE = Libc.function("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  }

  private static final class Listen {
    static final MethodHandle HANDLE = Libc.function("listen", JAVA_INT, JAVA_INT, JAVA_INT);
  }

  private static final class Connect {
    static final MethodHandle HANDLE =
        Libc.function("connect", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  }

  private static final class Accept4 {
    static final MethodHandle HANDLE =
        Libc.function("accept4", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
  }

  private static final class Sendmsg {
    static final MethodHandle HANDLE =
        Libc.function("sendmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  }

  private static final class Recvmsg {
    static final MethodHandle HANDLE =
        Libc.function("recvmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  }

  private static final class Shutdown {
    static final MethodHandle HANDLE = Libc.function("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
  }

  private static final class Getsockopt {
    static final MethodHandle HANDLE =
        Libc.function("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  }

  private static final class Poll {
    static final MethodHandle HANDLE =
        Libc.function("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  }

  static int socket(int domain, int type, int protocol) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Socket.HANDLE.invokeExact(state, domain, type, protocol));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int socketpair(int domain, int type, int protocol, MemorySegment fds) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(
          state, (int) Socketpair.HANDLE.invokeExact(state, domain, type, protocol, fds));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int bind(int fd, MemorySegment address, int length) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Bind.HANDLE.invokeExact(state, fd, address, length));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int listen(int fd, int backlog) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Listen.HANDLE.invokeExact(state, fd, backlog));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int connect(int fd, MemorySegment address, int length) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Connect.HANDLE.invokeExact(state, fd, address, length));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int accept4(int fd, int flags) {
    MemorySegment state = Libc.state();
    MemorySegment none = MemorySegment.NULL;
    try {
      return Libc.answer(state, (int) Accept4.HANDLE.invokeExact(state, fd, none, none, flags));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static long sendmsg(int fd, MemorySegment message, int flags) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (long) Sendmsg.HANDLE.invokeExact(state, fd, message, flags));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static long recvmsg(int fd, MemorySegment message, int flags) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (long) Recvmsg.HANDLE.invokeExact(state, fd, message, flags));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int shutdown(int fd, int how) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Shutdown.HANDLE.invokeExact(state, fd, how));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int getsockopt(int fd, int level, int option, MemorySegment value, MemorySegment length) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(
          state, (int) Getsockopt.HANDLE.invokeExact(state, fd, level, option, value, length));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int poll(MemorySegment pollfds, long count, int timeoutMillis) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(
          state, (int) Poll.HANDLE.invokeExact(state, pollfds, count, timeoutMillis));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }
}
