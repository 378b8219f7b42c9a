package io.holdfast.linux;

import static io.holdfast.uapi.SocketUapi.AF_UNIX;
import static io.holdfast.uapi.SocketUapi.MSG_CMSG_CLOEXEC;
import static io.holdfast.uapi.SocketUapi.MSG_DONTWAIT;
import static io.holdfast.uapi.SocketUapi.MSG_NOSIGNAL;
import static io.holdfast.uapi.SocketUapi.SOCK_CLOEXEC;
import static io.holdfast.uapi.SocketUapi.SOCK_DGRAM;
import static io.holdfast.uapi.SocketUapi.SOCK_NONBLOCK;
import static io.holdfast.uapi.SocketUapi.SOCK_SEQPACKET;
import static io.holdfast.uapi.SocketUapi.SOL_SOCKET;
import static io.holdfast.uapi.SocketUapi.SO_PEERCRED;

import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import io.holdfast.uapi.PollUapi;
import io.holdfast.uapi.PollUapi.pollfd;
import io.holdfast.uapi.SocketUapi.ucred;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A Unix socket that carries messages, and descriptors with them.
 *
 * <p>Sockets never block: what would is {@code -EAGAIN}, and {@link #await} waits for a time.
 * Descriptors that come are close-on-exec. Mirrors {@code unix(7)}. Thread-safe, but for one thread
 * at a time to receive.
 */
public final class UnixSocket extends Descriptor {
  /** The longest path or abstract name, in bytes: {@code sizeof sun_path}, and a zero. */
  public static final int MAX_ADDRESS_BYTES = 107;

  private static final int BACKLOG = 128;

  /** Takes over an open socket that is known to be one. */
  public UnixSocket(Syscalls syscalls, int fd, String what) {
    super(syscalls, fd, what);
  }

  /**
   * Who is at the other end of a connection, as the kernel noted when it was made.
   *
   * @param pid the process, which may have ended since
   * @param uid its effective user id, unsigned
   */
  public record Peer(int pid, int uid) {}

  private static UnixSocket create(Syscalls syscalls, int type, String address) {
    int fd = syscalls.socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return new UnixSocket(syscalls, KernelErrors.check(fd, "socket", address), "socket " + address);
  }

  /** Runs what the new socket is for; a failure closes it. */
  private UnixSocket with(Runnable preparation) {
    try (Undo undo = new Undo()) {
      undo.closes(this);
      preparation.run();
      undo.forget();
      return this;
    }
  }

  /**
   * A socket that listens for connections at a path, whose node only its owner may use (0600).
   *
   * @throws KernelException EADDRINUSE if there is a node of this name already
   */
  public static UnixSocket listen(Syscalls syscalls, String path) {
    UnixSocket socket = create(syscalls, SOCK_SEQPACKET, path);
    return socket.with(() -> {
      KernelErrors.check(syscalls.fchmod(socket.number(), 0600), "fchmod", path);
      try (Arena arena = Arena.ofConfined()) {
        int bound = syscalls.bind(socket.number(), UnixMessages.address(arena, path));
        KernelErrors.check(bound, "bind", path);
      }
      KernelErrors.check(syscalls.listen(socket.number(), BACKLOG), "listen", path);
    });
  }

  /** A connection to the socket that listens at an address. */
  public static UnixSocket connect(Syscalls syscalls, String address) {
    UnixSocket socket = create(syscalls, SOCK_SEQPACKET, address);
    return socket.with(() -> {
      try (Arena arena = Arena.ofConfined()) {
        int connected = syscalls.connect(socket.number(), UnixMessages.address(arena, address));
        KernelErrors.check(connected, "connect", address);
      }
    });
  }

  /** A socket that sends single messages to where it is told. */
  public static UnixSocket datagram(Syscalls syscalls, String forWhat) {
    return create(syscalls, SOCK_DGRAM, forWhat);
  }

  /** Two sockets that are connected with each other. */
  public static UnixSocket[] pair(Syscalls syscalls, String what) {
    int[] fds = new int[2];
    int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
    KernelErrors.check(syscalls.socketpair(AF_UNIX, type, 0, fds), "socketpair", what);
    return new UnixSocket[] {
      new UnixSocket(syscalls, fds[0], what), new UnixSocket(syscalls, fds[1], what)
    };
  }

  /** A call with the socket's number. */
  private interface Call {
    long with(int number);
  }

  private long use(Call call) {
    int number = acquire();
    try {
      return call.with(number);
    } finally {
      release();
    }
  }

  /** Its number, for a caller that alone closes it and so knows that it stays open. */
  public int number() {
    return (int) use(number -> number);
  }

  /** The next connection that waits; empty if there is none, or it has gone again. */
  public Optional<UnixSocket> accept() {
    int fd = (int) use(number -> syscalls().accept4(number, SOCK_CLOEXEC | SOCK_NONBLOCK));
    return switch (-fd) {
      case Errno.EAGAIN, Errno.EINTR, Errno.ECONNABORTED -> Optional.empty();
      default ->
          Optional.of(
              new UnixSocket(
                  syscalls(), KernelErrors.check(fd, "accept4", what()), "client of " + what()));
    };
  }

  /** Who is at the other end. */
  public Peer peer() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment peer = arena.allocate(ucred.LAYOUT.size(), 4);
      int length =
          (int) use(number -> syscalls().getsockopt(number, SOL_SOCKET, SO_PEERCRED, peer));
      KernelErrors.check(length, "getsockopt SO_PEERCRED", what());
      return new Peer(ucred.pid.get(peer), ucred.uid.get(peer));
    }
  }

  /**
   * Sends one message; returns the bytes sent, or {@code -errno}: EAGAIN where the other end does
   * not receive fast enough, EPIPE or ECONNRESET where it is gone.
   */
  public long trySend(byte[] bytes, int... fds) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = UnixMessages.outgoing(arena, bytes, fds);
      return use(number -> syscalls().sendmsg(number, message, MSG_DONTWAIT | MSG_NOSIGNAL));
    }
  }

  /** As {@link #trySend}, of a datagram socket to an address. */
  public long trySendTo(String address, byte[] bytes, int... fds) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = UnixMessages.outgoing(arena, bytes, fds);
      UnixMessages.addressTo(arena, message, address);
      return use(number -> syscalls().sendmsg(number, message, MSG_DONTWAIT | MSG_NOSIGNAL));
    }
  }

  /**
   * Receives one message of at most {@code mostBytes}, and of at most {@code mostDescriptors}; the
   * caller owns those that came. Its {@link UnixMessage#answer} is {@code -errno} where nothing
   * came, and 0 without bytes at the end of the connection.
   */
  public UnixMessage receive(int mostBytes, int mostDescriptors) {
    try (Arena arena = Arena.ofConfined()) {
      UnixMessages.Incoming incoming = new UnixMessages.Incoming(arena, mostBytes, mostDescriptors);
      int flags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
      long answer = use(number -> syscalls().recvmsg(number, incoming.header(), flags));
      return incoming.message(answer);
    }
  }

  /**
   * Waits until there is something to receive or the other end is gone.
   *
   * @return whether there is, before the time was up
   */
  public boolean await(long timeoutMillis) {
    return await(PollUapi.POLLIN, timeoutMillis);
  }

  /** Waits until a message can be sent or the other end is gone; as {@link #await(long)}. */
  public boolean awaitRoom(long timeoutMillis) {
    return await(PollUapi.POLLOUT, timeoutMillis);
  }

  private boolean await(int events, long timeoutMillis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment self = arena.allocate(pollfd.LAYOUT.size(), 4);
      pollfd.events.set(self, events);
      while (true) {
        long leftMillis = Math.max(0, (end - System.nanoTime() + 999_999) / 1_000_000);
        int ready =
            (int)
                use(number -> {
                  pollfd.fd.set(self, number);
                  return syscalls().poll(self, (int) Math.min(leftMillis, Integer.MAX_VALUE));
                });
        if (ready != -Errno.EINTR) {
          return KernelErrors.check(ready, "poll", what()) > 0;
        }
      }
    }
  }
}
