package io.holdfast.engine;

import java.lang.ref.Cleaner;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of a handle that holds descriptors and was garbage collected without having been closed.
 *
 * <p>Each is told once, as a warning of the logger {@code io.holdfast.leaks}: what it was, and with
 * {@code -Dholdfast.leaks=true} the stack trace of where it was opened. Nothing is closed on
 * anybody's behalf: a session closed at some moment of the collector's choice would lose what the
 * kernel holds for it. Thread-safe.
 */
public final class LeakWatch implements AutoCloseable {
  /** The system property that asks for stack traces; taking them costs some microseconds each. */
  public static final String TRACES = "holdfast.leaks";

  private static volatile BiConsumer<String, Throwable> listener = LeakWatch::log;

  /** Looked for when there is something to tell: finding a logger takes a start milliseconds. */
  private static final class Log {
    static final Logger LEAKS = LoggerFactory.getLogger("io.holdfast.leaks");
  }

  /** The thread that tells starts with the first handle. */
  private static final class Collected {
    static final Cleaner CLEANER = Cleaner.create();
  }

  /** Where a handle was opened. */
  private static final class OpenedHere extends Exception {
    private static final long serialVersionUID = 1L;

    OpenedHere(String what) {
      super(what + " was opened here");
    }
  }

  /** What is known of a handle without keeping it from being collected. */
  private static final class Handle implements Runnable {
    private final String what;
    private final Throwable openedAt;
    private volatile boolean closed;

    Handle(String what, Throwable openedAt) {
      this.what = what;
      this.openedAt = openedAt;
    }

    @Override
    public void run() {
      if (!closed) {
        listener.accept(what, openedAt);
      }
    }
  }

  private final Handle handle;
  private final Cleaner.Cleanable cleanable;

  private LeakWatch(Object watched, Handle handle) {
    this.handle = handle;
    this.cleanable = Collected.CLEANER.register(watched, handle);
  }

  private static void log(String what, Throwable openedAt) {
    String hint = openedAt == null ? "; -D" + TRACES + "=true tells where it was opened" : "";
    Log.LEAKS.warn("{} was never closed{}", what, hint, openedAt);
  }

  /**
   * Watches a handle until {@link #close}.
   *
   * @param what what it is, for people; must not refer to the handle
   */
  public static LeakWatch of(Object watched, String what) {
    Throwable openedAt = Boolean.getBoolean(TRACES) ? new OpenedHere(what) : null;
    return new LeakWatch(watched, new Handle(what, openedAt));
  }

  /**
   * Tells leaks to somebody else than the log, as a test that is to fail on them; null for the log
   * again. Called with what leaked and, if asked for, where it was opened, by a thread of its own.
   */
  public static void tell(BiConsumer<String, Throwable> newListener) {
    listener = Objects.requireNonNullElse(newListener, LeakWatch::log);
  }

  /** The handle has been closed: there is nothing to tell. */
  @Override
  public void close() {
    handle.closed = true;
    cleanable.clean();
  }
}
