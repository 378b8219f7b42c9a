package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.PollUapi;
import io.holdfast.uapi.PollUapi.pollfd;
import io.holdfast.uapi.SocketUapi;
import io.holdfast.uapi.SocketUapi.ucred;
import java.lang.foreign.MemorySegment;

/** A process's system calls on sockets, and poll. */
final class ProcessSockets {
  private static final int TYPE_MASK = 0xf;
  private static final int FLAGS = SocketUapi.SOCK_NONBLOCK | SocketUapi.SOCK_CLOEXEC;
  private static final int MOST_CONNECTIONS_WAITING = 4096;

  private final Sockets sockets;
  private final SimulatedProcess process;
  private final Descriptors descriptors;

  ProcessSockets(Sockets sockets, SimulatedProcess process, Descriptors descriptors) {
    this.sockets = sockets;
    this.process = process;
    this.descriptors = descriptors;
  }

  private SocketFile.Peer self() {
    return new SocketFile.Peer(process.getpid(), process.credentials().uid());
  }

  private SocketFile create(int domain, int type, int protocol) {
    if ((type & ~TYPE_MASK & ~FLAGS) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if (domain != SocketUapi.AF_UNIX) {
      throw Failure.of(Errno.EAFNOSUPPORT);
    }
    if (protocol != 0 && protocol != SocketUapi.AF_UNIX) {
      throw Failure.of(Errno.EPROTONOSUPPORT);
    }
    int kind = type & TYPE_MASK;
    if (kind != SocketUapi.SOCK_SEQPACKET && kind != SocketUapi.SOCK_DGRAM) {
      throw Failure.of(Errno.ESOCKTNOSUPPORT);
    }
    return sockets.create(kind, (type & SocketUapi.SOCK_NONBLOCK) != 0);
  }

  private static boolean closesOnExec(int type) {
    return (type & SocketUapi.SOCK_CLOEXEC) != 0;
  }

  int socket(int domain, int type, int protocol) {
    return descriptors.install(create(domain, type, protocol), closesOnExec(type));
  }

  int socketpair(int domain, int type, int protocol, int[] fds) {
    SocketFile one = create(domain, type, protocol);
    SocketFile two = create(domain, type, protocol);
    SocketFile.pair(one, two);
    one.pairedBy(self());
    two.pairedBy(self());
    int first = descriptors.install(one, closesOnExec(type));
    try {
      fds[1] = descriptors.install(two, closesOnExec(type));
    } catch (Failure full) {
      descriptors.close(first);
      throw full;
    }
    fds[0] = first;
    return 0;
  }

  private SocketFile get(int fd) {
    if (descriptors.get(fd) instanceof SocketFile socket) {
      return socket;
    }
    throw Failure.of(Errno.ENOTSOCK);
  }

  int bind(int fd, MemorySegment address) {
    sockets.bind(get(fd), SocketAddress.of(address), process.credentials().uid());
    return 0;
  }

  int listen(int fd, int backlog) {
    SocketFile socket = get(fd);
    if (!socket.isConnectionBased()) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    if (socket.address() == null || socket.isConnected()) {
      throw Failure.of(Errno.EINVAL);
    }
    int most = backlog < 0 ? MOST_CONNECTIONS_WAITING : backlog;
    socket.listen(Math.min(most, MOST_CONNECTIONS_WAITING), self());
    return 0;
  }

  int connect(int fd, MemorySegment address) {
    SocketFile socket = get(fd);
    SocketAddress to = SocketAddress.of(address);
    if (!socket.isConnectionBased()) {
      socket.connectTo(sockets.find(to, socket.type(), process.credentials()));
      return 0;
    }
    SocketFile listener = sockets.find(to, socket.type(), process.credentials());
    while (true) {
      if (!listener.isListening() || listener.isReceiveShut()) {
        throw Failure.of(Errno.ECONNREFUSED);
      }
      if (socket.isConnected()) {
        throw Failure.of(Errno.EISCONN);
      }
      if (socket.isListening()) {
        throw Failure.of(Errno.EINVAL);
      }
      if (listener.hasRoomForConnection()) {
        listener.connectFrom(socket, self(), sockets.create(socket.type(), false));
        return 0;
      }
      waitUnless(socket.isNonBlocking());
    }
  }

  private void waitUnless(boolean nonBlocking) {
    if (nonBlocking) {
      throw Failure.of(Errno.EAGAIN);
    }
    sockets.await(process, -1);
  }

  int accept4(int fd, int flags) {
    if ((flags & ~FLAGS) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    SocketFile socket = get(fd);
    if (!socket.isConnectionBased()) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    if (!socket.isListening()) {
      throw Failure.of(Errno.EINVAL);
    }
    descriptors.reserve();
    while (true) {
      SocketFile accepted = socket.accept();
      if (accepted != null) {
        accepted.setNonBlocking((flags & SocketUapi.SOCK_NONBLOCK) != 0);
        return descriptors.install(accepted, closesOnExec(flags));
      }
      waitUnless(socket.isNonBlocking());
    }
  }

  long sendmsg(int fd, MemorySegment header, int flags) {
    SocketFile socket = get(fd);
    SocketMessage message = new SocketMessage(header);
    failed(socket.isConnectionBased() ? socket.takeError() : 0);
    if (socket.isConnectionBased() && !socket.isConnected()) {
      throw Failure.of(Errno.ENOTCONN);
    }
    byte[] bytes = message.bytes();
    SocketFile.Message sent = new SocketFile.Message(socket, bytes, message.files(descriptors));
    SocketAddress to = socket.isConnectionBased() ? null : message.address();
    SocketFile receiver =
        to == null ? socket.other() : sockets.find(to, socket.type(), process.credentials());
    if (receiver == null) {
      throw Failure.of(Errno.ENOTCONN);
    }
    SocketFile.requireFits(bytes.length);
    boolean nonBlocking = socket.isNonBlocking() || (flags & SocketUapi.MSG_DONTWAIT) != 0;
    while (true) {
      failed(socket.takeError());
      if (socket.isSendShut() || receiver.isReceiveShut()) {
        throw Failure.of(Errno.EPIPE);
      }
      if (receiver.isDead()) {
        throw Failure.of(Errno.ECONNREFUSED);
      }
      if (socket.hasRoomToSend() && !receiver.isFullOfDatagrams()) {
        receiver.deliver(sent);
        return bytes.length;
      }
      waitUnless(nonBlocking);
    }
  }

  private static void failed(int errno) {
    if (errno != 0) {
      throw Failure.of(errno);
    }
  }

  long recvmsg(int fd, MemorySegment header, int flags) {
    SocketFile socket = get(fd);
    SocketMessage into = new SocketMessage(header);
    if (socket.isConnectionBased() && !socket.isConnected()) {
      throw Failure.of(Errno.ENOTCONN);
    }
    boolean nonBlocking = socket.isNonBlocking() || (flags & SocketUapi.MSG_DONTWAIT) != 0;
    while (true) {
      failed(socket.takeError());
      SocketFile.Message message = socket.take();
      if (message != null) {
        try {
          boolean closeOnExec = (flags & SocketUapi.MSG_CMSG_CLOEXEC) != 0;
          return into.receive(message.bytes(), message.files(), descriptors, closeOnExec);
        } finally {
          message.files().forEach(OpenFile::put);
        }
      }
      if (socket.isReceiveShut() && (socket.isConnectionBased() || !nonBlocking)) {
        into.finish(0, 0);
        return 0;
      }
      waitUnless(nonBlocking);
    }
  }

  int shutdown(int fd, int how) {
    get(fd).shutdown(how);
    return 0;
  }

  int getsockopt(int fd, int level, int option, MemorySegment value) {
    SocketFile socket = get(fd);
    if (level != SocketUapi.SOL_SOCKET) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    MemorySegment answer =
        switch (option) {
          case SocketUapi.SO_TYPE -> number(socket.type());
          case SocketUapi.SO_ERROR -> number(socket.takeError());
          case SocketUapi.SO_PEERCRED -> credentials(socket.peer());
          default -> throw Failure.of(Errno.ENOPROTOOPT);
        };
    long length = Math.min(answer.byteSize(), value.byteSize());
    MemorySegment.copy(answer, 0, value, 0, length);
    return (int) length;
  }

  private static MemorySegment number(int value) {
    return MemorySegment.ofArray(new int[] {value});
  }

  private static MemorySegment credentials(SocketFile.Peer peer) {
    MemorySegment answer = MemorySegment.ofArray(new byte[(int) ucred.LAYOUT.size()]);
    ucred.pid.set(answer, peer == null ? 0 : peer.pid());
    ucred.uid.set(answer, peer == null ? -1 : peer.uid());
    ucred.gid.set(answer, peer == null ? -1 : peer.uid());
    return answer;
  }

  int poll(MemorySegment pollfds, int timeoutMillis) {
    long left = Sockets.nanos(timeoutMillis);
    boolean underWay = true;
    while (true) {
      int ready = 0;
      for (long at = 0; at + pollfd.LAYOUT.size() <= pollfds.byteSize(); ) {
        MemorySegment each = pollfds.asSlice(at, pollfd.LAYOUT.size());
        int fd = pollfd.fd.get(each);
        int events = fd < 0 ? 0 : events(fd, pollfd.events.get(each));
        pollfd.revents.set(each, events);
        ready += events != 0 ? 1 : 0;
        at += pollfd.LAYOUT.size();
      }
      if (ready > 0 || left == 0) {
        return ready;
      }
      if (underWay) {
        underWay = process.kernel().turn();
      } else {
        left = sockets.await(process, left);
        underWay = true;
      }
    }
  }

  private int events(int fd, int wanted) {
    OpenFile file;
    try {
      file = descriptors.get(fd);
    } catch (Failure notOpen) {
      return PollUapi.POLLNVAL;
    }
    return file.poll() & (wanted | PollUapi.POLLERR | PollUapi.POLLHUP);
  }
}
