package io.holdfast.sim;

import io.holdfast.sys.Errno;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/** A machine's Unix sockets: the names they are bound to, and who waits for them. */
final class Sockets {
  private final SimulatedKernel kernel;
  private final Condition changed;
  private final Map<String, SocketFile> abstractNames = new HashMap<>();
  private long nextInode = 1;

  Sockets(SimulatedKernel kernel) {
    this.kernel = kernel;
    this.changed = kernel.lock().newCondition();
  }

  SocketFile create(int type, boolean nonBlocking) {
    return new SocketFile(this, type, nonBlocking, nextInode++);
  }

  /** Something has happened that a waiting process may be waiting for. */
  void changed() {
    changed.signalAll();
  }

  /**
   * Waits until something has happened, or the time is up; returns the nanoseconds left. A thread
   * that is interrupted waits on and stays interrupted, since the kernel knows nothing of that.
   *
   * @param nanos how long, negative for ever
   */
  @SuppressWarnings("WaitNotInLoop") // callers look again at what they wait for
  long await(SimulatedProcess process, long nanos) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          long left = nanos;
          if (nanos < 0) {
            changed.awaitUninterruptibly();
          } else {
            left = Math.max(0, changed.awaitNanos(nanos));
          }
          if (process.isDead()) {
            throw Failure.of(Errno.ESRCH);
          }
          return left;
        } catch (InterruptedException ignored) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  static long nanos(int timeoutMillis) {
    return timeoutMillis < 0 ? -1 : TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
  }

  void bind(SocketFile socket, SocketAddress address, int uid) {
    if (socket.address() != null) {
      throw Failure.of(Errno.EINVAL);
    }
    if (!address.isAbstract()) {
      kernel.boot().namespace().make(address.name(), new Node.Socket(socket, socket.mode(), uid));
    } else if (abstractNames.putIfAbsent(address.name(), socket) != null) {
      throw Failure.of(Errno.EADDRINUSE);
    }
    socket.bound(address);
  }

  /** A socket is gone; its node, if it had one, stays, and nobody listens behind it. */
  void unbind(SocketFile socket) {
    if (socket.address().isAbstract()) {
      abstractNames.remove(socket.address().name(), socket);
    }
  }

  /** The socket bound to an address, for a process that wants to send to it. */
  SocketFile find(SocketAddress address, int type, Credentials caller) {
    SocketFile found;
    if (address.isAbstract()) {
      found = abstractNames.get(address.name());
    } else if (kernel.boot().namespace().find(address.name()) instanceof Node.Socket node) {
      if (caller.uid() != 0 && caller.uid() != node.uid()) {
        throw Failure.of(Errno.EACCES);
      }
      found = node.file();
    } else {
      throw Failure.of(Errno.ECONNREFUSED);
    }
    if (found == null || found.isDead()) {
      throw Failure.of(Errno.ECONNREFUSED);
    }
    if (found.type() != type) {
      throw Failure.of(Errno.EPROTOTYPE);
    }
    return found;
  }
}
