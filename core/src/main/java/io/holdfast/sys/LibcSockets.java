package io.holdfast.sys;

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
    static final MethodHandle HANDLE = CCall.ofNumbers("socket");
  }

  private static final class Socketpair {
    static final MethodHandle HANDLE = CCall.ofPointers("socketpair");
  }

  private static final class Bind {
    static final MethodHandle HANDLE = CCall.ofMixed("bind");
  }

  private static final class Listen {
    static final MethodHandle HANDLE = CCall.ofNumbers("listen");
  }

  private static final class Connect {
    static final MethodHandle HANDLE = CCall.ofMixed("connect");
  }

  private static final class Accept4 {
    static final MethodHandle HANDLE = CCall.ofNumbers("accept4");
  }

  private static final class Sendmsg {
    static final MethodHandle HANDLE = CCall.ofMixed("sendmsg");
  }

  private static final class Recvmsg {
    static final MethodHandle HANDLE = CCall.ofMixed("recvmsg");
  }

  private static final class Shutdown {
    static final MethodHandle HANDLE = CCall.ofNumbers("shutdown");
  }

  private static final class Getsockopt {
    static final MethodHandle HANDLE = CCall.ofPointers("getsockopt");
  }

  private static final class Poll {
    static final MethodHandle HANDLE = CCall.ofPointers("poll");
  }

  static int socket(int domain, int type, int protocol) {
    return CCall.ofInt(CCall.numbers(Socket.HANDLE, domain, type, protocol));
  }

  static int socketpair(int domain, int type, int protocol, MemorySegment fds) {
    return CCall.ofInt(
        CCall.pointers(
            Socketpair.HANDLE,
            CCall.number(domain),
            CCall.number(type),
            CCall.number(protocol),
            fds));
  }

  static int bind(int fd, MemorySegment address, int length) {
    return CCall.ofInt(CCall.mixed(Bind.HANDLE, fd, address, CCall.number(length)));
  }

  static int listen(int fd, int backlog) {
    return CCall.ofInt(CCall.numbers(Listen.HANDLE, fd, backlog));
  }

  static int connect(int fd, MemorySegment address, int length) {
    return CCall.ofInt(CCall.mixed(Connect.HANDLE, fd, address, CCall.number(length)));
  }

  /** Without the address of the peer, whose pointers are 0. */
  static int accept4(int fd, int flags) {
    return CCall.ofInt(CCall.numbers(Accept4.HANDLE, fd, 0, 0, flags, 0, 0));
  }

  static long sendmsg(int fd, MemorySegment message, int flags) {
    return CCall.ofLong(CCall.mixed(Sendmsg.HANDLE, fd, message, CCall.number(flags)));
  }

  static long recvmsg(int fd, MemorySegment message, int flags) {
    return CCall.ofLong(CCall.mixed(Recvmsg.HANDLE, fd, message, CCall.number(flags)));
  }

  static int shutdown(int fd, int how) {
    return CCall.ofInt(CCall.numbers(Shutdown.HANDLE, fd, how));
  }

  static int getsockopt(int fd, int level, int option, MemorySegment value, MemorySegment length) {
    return CCall.ofInt(
        CCall.pointers(
            Getsockopt.HANDLE,
            CCall.number(fd),
            CCall.number(level),
            CCall.number(option),
            value,
            length));
  }

  static int poll(MemorySegment pollfds, long count, int timeoutMillis) {
    return CCall.ofInt(
        CCall.pointers(Poll.HANDLE, pollfds, CCall.number(count), CCall.number(timeoutMillis)));
  }
}
