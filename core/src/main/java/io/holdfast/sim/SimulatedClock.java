package io.holdfast.sim;

import java.util.concurrent.locks.LockSupport;

/**
 * Turns a machine's clock in a thread of its own until it is closed: for drivers that wait for
 * memory to change, without a system call. What happens between two turns is the scheduler's
 * choice, so a test with a clock does not repeat itself exactly. Thread-safe.
 */
public final class SimulatedClock implements AutoCloseable {
  private static final long PAUSE_NANOS = 20_000;

  private final SimulatedKernel kernel;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile RuntimeException failure;

  SimulatedClock(SimulatedKernel kernel) {
    this.kernel = kernel;
    this.thread = Thread.ofPlatform().daemon().name("simulated clock").start(this::run);
  }

  private void run() {
    try {
      while (!stopped) {
        kernel.turn();
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  /**
   * Stops it; the machine stands still when this returns.
   *
   * @throws RuntimeException what a device has thrown, or a listener of violations
   */
  @Override
  public void close() {
    stopped = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw failure;
    }
  }
}
