package io.holdfast.disk;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Does file operations on threads that nobody can interrupt.
 *
 * <p>Java closes a {@link java.nio.channels.FileChannel} under an operation whose thread is or gets
 * interrupted. Opening the file again by its path may find another file there, and a lock would be
 * lost. So such an operation runs on a thread of this class, which no other code has a reference
 * to, while the caller waits. An interrupt of the caller does not end the wait; its flag is set
 * again when the call returns. Thread-safe; operations of different callers do not wait for each
 * other.
 */
public final class UninterruptedThread {
  /** An operation on files. */
  @FunctionalInterface
  public interface Operation<T> {
    /** Does it; must not need the calling thread (no confined arena, no lock that it holds). */
    T run() throws IOException;
  }

  private static final long KEEP_ALIVE_SECONDS = 10;

  /** Grows with the callers that are waiting; neither shut down nor asked to cancel anything. */
  private static final ThreadPoolExecutor THREADS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          KEEP_ALIVE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          UninterruptedThread::named);

  private static final AtomicLong STARTED = new AtomicLong();

  private UninterruptedThread() {}

  private static Thread named(Runnable work) {
    return Thread.ofPlatform()
        .daemon()
        .name("holdfast-disk-" + STARTED.getAndIncrement())
        .unstarted(work);
  }

  /**
   * Runs an operation and waits for it, however often the caller is interrupted.
   *
   * @throws IOException as the operation throws it; unchecked exceptions and errors too
   */
  public static <T> T call(Operation<T> operation) throws IOException {
    return begin(operation).await();
  }

  /** Has an operation run, and does not wait for it. */
  static <T> Pending<T> begin(Operation<T> operation) {
    return new Running<>(THREADS.submit(operation::run));
  }

  private record Running<T>(Future<T> result) implements Pending<T> {
    @Override
    public boolean isDone() {
      return result.isDone();
    }

    @Override
    public T await() throws IOException {
      boolean interrupted = false;
      try {
        while (true) {
          try {
            return result.get();
          } catch (InterruptedException e) {
            interrupted = true;
          } catch (ExecutionException e) {
            throw rethrown(e.getCause());
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private static IOException rethrown(Throwable thrown) {
    return switch (thrown) {
      case IOException failed -> failed;
      case RuntimeException failed -> throw failed;
      case Error error -> throw error;
      default -> throw new IllegalStateException(thrown);
    };
  }
}
