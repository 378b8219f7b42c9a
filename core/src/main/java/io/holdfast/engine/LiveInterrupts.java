package io.holdfast.engine;

import io.holdfast.linux.EventFd;
import io.holdfast.linux.Poller;
import io.holdfast.linux.VfioDeviceFile;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Undo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A device's interrupts of one kind, each with an eventfd that the kernel signals.
 *
 * <p>The engine's half of the public {@code InterruptVectors}. To wake a waiting thread, {@link
 * #WAKE} is added to the eventfd: the kernel adds 1 for each interrupt, and does not come that far.
 * Thread-safe.
 */
public final class LiveInterrupts implements AutoCloseable {
  private static final long WAKE = 1L << 32;

  /** poll(2) takes milliseconds in an int. */
  private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

  /** One of them: what is waited for. */
  public record Vector(LiveInterrupts interrupts, EventFd eventfd) {}

  private final VfioDeviceFile file;
  private final int index;
  private final int first;
  private final List<EventFd> eventfds;
  private volatile boolean closed;

  private LiveInterrupts(VfioDeviceFile file, int index, int first, List<EventFd> eventfds) {
    this.file = file;
    this.index = index;
    this.first = first;
    this.eventfds = eventfds;
  }

  /** Switches on {@code count} interrupts of a kind from {@code first} on. */
  static LiveInterrupts enable(VfioDeviceFile file, int index, int first, int count) {
    int has = file.irqCount(index);
    if (first < 0 || count < 1 || first > has - count) {
      throw new IllegalArgumentException(
          "%d interrupts from vector %d of kind %d: %s has %d"
              .formatted(count, first, index, file.what(), has));
    }
    try (Undo undo = new Undo()) {
      List<EventFd> eventfds = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String what = "interrupt " + (first + i) + " of " + file.what();
        eventfds.add(undo.closes(EventFd.create(file.syscalls(), what)));
      }
      file.signal(index, first, eventfds);
      undo.forget();
      return new LiveInterrupts(file, index, first, List.copyOf(eventfds));
    }
  }

  /** The kind, {@code VFIO_PCI_*_IRQ_INDEX}. */
  int index() {
    return index;
  }

  /** The first one's number. */
  public int first() {
    return first;
  }

  /** How many they are. */
  public int size() {
    return eventfds.size();
  }

  /** Whose they are, for messages. */
  public String what() {
    return file.what();
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * What was signalled since it was last taken: interrupts, for {@link #count}, and {@link #wake};
   * 0 if neither.
   */
  public long take(int place) {
    requireOpen();
    return eventfds.get(place).take();
  }

  /** How many interrupts are in what was {@linkplain #take taken}. */
  public static long count(long taken) {
    return taken & WAKE - 1;
  }

  /** Wakes who waits for an interrupt, or who waits next. */
  public void wake(int place) {
    requireOpen();
    eventfds.get(place).add(WAKE);
  }

  /** One of them. */
  public Vector vector(int place) {
    return new Vector(this, eventfds.get(place));
  }

  /** Holds the line back, or not. */
  public void setMasked(boolean masked) {
    requireOpen();
    file.setMasked(masked);
  }

  /**
   * Waits until one has happened or was woken, or the time is up.
   *
   * @return the places of those in the list
   */
  public static List<Integer> await(List<Vector> vectors, Duration timeout) {
    if (vectors.isEmpty()) {
      throw new IllegalArgumentException("no interrupt to wait for");
    }
    List<EventFd> eventfds = vectors.stream().map(Vector::eventfd).toList();
    long deadline = System.nanoTime() + cut(timeout).toNanos();
    while (true) {
      vectors.forEach(each -> each.interrupts().requireOpen());
      long left = Math.max(0, deadline - System.nanoTime());
      // Rounded up, so that it is not asked again and again for less than a millisecond.
      int millis = (int) Math.min(Integer.MAX_VALUE, (left + 999_999) / 1_000_000);
      List<Poller.Ready> ready = Poller.await(eventfds.getFirst().syscalls(), eventfds, millis);
      vectors.forEach(each -> each.interrupts().requireOpen());
      if (!ready.isEmpty() || left == 0) {
        return ready.stream().map(Poller.Ready::place).toList();
      }
    }
  }

  private static Duration cut(Duration timeout) {
    return timeout.compareTo(LONGEST) > 0
        ? LONGEST
        : timeout.isNegative() ? Duration.ZERO : timeout;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the interrupts of " + file.what() + " are closed");
    }
  }

  /** Switches them off, and wakes who waits for them. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    Closing closing = new Closing();
    if (file.isOpen()) {
      closing.step(() -> file.silence(index));
    }
    eventfds.forEach(each -> closing.step(() -> each.add(WAKE)));
    eventfds.forEach(each -> closing.step(each::close));
    closing.end();
  }

  /** As {@link #close}, for a process that has died. */
  synchronized void forget() {
    closed = true;
  }
}
