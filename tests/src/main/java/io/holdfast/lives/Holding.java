package io.holdfast.lives;

import io.holdfast.model.KernelException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.store.HeldSession;
import io.holdfast.store.HeldSessions;
import io.holdfast.store.Holder;
import io.holdfast.store.HolderOptions;
import io.holdfast.sys.Errno;
import java.util.concurrent.locks.LockSupport;

/**
 * The holder of a life's machine, in a process of its own with a thread of its own; it ends with
 * the kernel it runs on. Used by the life's thread.
 */
final class Holding implements AutoCloseable {
  private static final String SOCKET = "/run/holdfast/holder.sock";
  private static final long PAUSE_NANOS = 50_000;
  private static final int STEP_MILLIS = 2;

  private final SimulatedKernel kernel;
  private SimulatedProcess process;
  private SimulatedProcess observer;
  private Thread worker;
  private volatile boolean ended;

  Holding(SimulatedKernel kernel) {
    this.kernel = kernel;
    start();
  }

  private void start() {
    process = kernel.process();
    observer = kernel.process();
    ended = false;
    Holder holder = Holder.start(process, HolderOptions.at(SOCKET));
    worker = Thread.ofPlatform().daemon().name("holder").start(() -> work(holder));
  }

  private void work(Holder holder) {
    while (!ended) {
      try {
        holder.step(STEP_MILLIS);
      } catch (KernelException e) {
        if (e.errno() != Errno.ESRCH) {
          throw e;
        }
        return; // Its process is dead.
      }
    }
  }

  /** How a driver's options name it. */
  static SessionOptions in(SessionOptions options) {
    return options.withStore(StoreOptions.automatic().withHolder(SOCKET));
  }

  /**
   * Waits until no process has a session open, since the holder hears of a death after it, and
   * counts.
   *
   * @return how many descriptors it keeps of the session
   */
  int kept(String session) {
    try (HeldSessions sessions = HeldSessions.connect(observer, SOCKET)) {
      while (true) {
        HeldSession found =
            sessions.list().stream()
                .filter(each -> each.name().equals(session))
                .findFirst()
                .orElse(null);
        if (found == null || found.pid() == 0) {
          return found == null ? 0 : found.descriptors();
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** How many descriptors it keeps of a session, whether a process has it open or not. */
  int keptNow(String session) {
    try (HeldSessions sessions = HeldSessions.connect(observer, SOCKET)) {
      return sessions.list().stream()
          .filter(each -> each.name().equals(session))
          .mapToInt(HeldSession::descriptors)
          .sum();
    }
  }

  /** Lets go of all that is kept of a session, as {@code holdfast discard} does. */
  void discard(String session) {
    if (kept(session) > 0) {
      try (HeldSessions sessions = HeldSessions.connect(observer, SOCKET)) {
        sessions.discard(session);
      }
    }
  }

  /** A new kernel runs, and a new holder on it. */
  void booted() {
    close();
    start();
  }

  @Override
  public void close() {
    ended = true;
    process.close();
    observer.close();
    try {
      worker.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
