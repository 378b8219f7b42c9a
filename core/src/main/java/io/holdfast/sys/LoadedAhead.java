package io.holdfast.sys;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Something that a thread of its own loads once in a JVM, before it is needed.
 *
 * <p>The thread is a daemon that holds no descriptor, file or lock, makes no system call of the
 * host's and ends by itself; nobody has a reference to it by which to interrupt it. What it cannot
 * load is told to whoever needs it. Thread-safe.
 */
public final class LoadedAhead {
  /** What loads it. */
  @FunctionalInterface
  public interface Load {
    /** Loads it. */
    void run() throws InterruptedException;
  }

  private final String threadName;
  private final Load load;
  private final AtomicBoolean begun = new AtomicBoolean();

  /** Nothing is loaded before {@link #begin}. */
  public LoadedAhead(String threadName, Load load) {
    this.threadName = threadName;
    this.load = load;
  }

  /** Begins; more than once is fine. Returns at once. */
  public void begin() {
    if (begun.compareAndSet(false, true)) {
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .name(threadName)
              .inheritInheritableThreadLocals(false)
              .unstarted(this::run);
      thread.setContextClassLoader(null);
      thread.start();
    }
  }

  private void run() {
    try {
      load.run();
    } catch (InterruptedException | RuntimeException | LinkageError ignored) {
      // Whoever needs it meets the same failure, and can be told of it.
    }
  }
}
