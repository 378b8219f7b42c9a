package io.holdfast.sim;

import io.holdfast.sys.SocketCalls;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A simulated process's calls about sockets; how any of its calls is made: one at a time on its
 * machine, and answered by {@code -errno} where it fails.
 */
abstract sealed class ProcessSocketCalls implements SocketCalls permits ProcessCalls {
  abstract SimulatedKernel kernel();

  abstract ProcessSockets sockets();

  /** Fails with ESRCH once the process is dead. */
  abstract void requireAlive();

  @FunctionalInterface
  interface Call {
    long run();
  }

  final long call(Call body) {
    ReentrantLock lock = kernel().lock();
    lock.lock();
    try {
      requireAlive();
      kernel().boot().look();
      return body.run();
    } catch (Failure failure) {
      return -failure.errno();
    } finally {
      lock.unlock();
    }
  }

  final int done(Runnable body) {
    return (int)
        call(() -> {
          body.run();
          return 0;
        });
  }

  @Override
  public final int socket(int domain, int type, int protocol) {
    return (int) call(() -> sockets().socket(domain, type, protocol));
  }

  @Override
  public final int socketpair(int domain, int type, int protocol, int[] fds) {
    return (int) call(() -> sockets().socketpair(domain, type, protocol, fds));
  }

  @Override
  public final int bind(int fd, MemorySegment address) {
    return (int) call(() -> sockets().bind(fd, address));
  }

  @Override
  public final int listen(int fd, int backlog) {
    return (int) call(() -> sockets().listen(fd, backlog));
  }

  @Override
  public final int connect(int fd, MemorySegment address) {
    return (int) call(() -> sockets().connect(fd, address));
  }

  @Override
  public final int accept4(int fd, int flags) {
    return (int) call(() -> sockets().accept4(fd, flags));
  }

  @Override
  public final long sendmsg(int fd, MemorySegment message, int flags) {
    return call(() -> sockets().sendmsg(fd, message, flags));
  }

  @Override
  public final long recvmsg(int fd, MemorySegment message, int flags) {
    return call(() -> sockets().recvmsg(fd, message, flags));
  }

  @Override
  public final int shutdown(int fd, int how) {
    return (int) call(() -> sockets().shutdown(fd, how));
  }

  @Override
  public final int getsockopt(int fd, int level, int option, MemorySegment value) {
    return (int) call(() -> sockets().getsockopt(fd, level, option, value));
  }

  @Override
  public final int poll(MemorySegment pollfds, int timeoutMillis) {
    return (int) call(() -> sockets().poll(pollfds, timeoutMillis));
  }
}
