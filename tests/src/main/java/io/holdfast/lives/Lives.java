package io.holdfast.lives;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * Lives many lives, one after the other in each of several threads, until all are lived or one
 * fails. Used once.
 */
public final class Lives {
  private static final long MEMORY_NEEDED_BYTES = 256 << 20;
  private static final long HANG_NANOS = 60_000_000_000L;

  private final long firstSeed;
  private final long count;
  private final int threads;
  private final AtomicLong next = new AtomicLong();
  private final AtomicReference<LifeFailed> failed = new AtomicReference<>();
  private final Tally tally = new Tally();

  public Lives(long firstSeed, long count, int threads) {
    this.firstSeed = firstSeed;
    this.count = count;
    this.threads = threads;
  }

  /** A folder in memory, if there is room. */
  static Path folder() {
    Path memory = Path.of("/dev/shm");
    try {
      boolean roomy =
          Files.isWritable(memory)
              && Files.getFileStore(memory).getUsableSpace() >= MEMORY_NEEDED_BYTES;
      return roomy
          ? Files.createTempDirectory(memory, "holdfast-lives-")
          : Files.createTempDirectory("holdfast-lives-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lives one life. */
  static void live(long seed, Path folder, Tally tally) {
    try {
      Files.createDirectories(folder);
      try (Life life = new Life(seed, folder, tally)) {
        try {
          life.live();
        } catch (RuntimeException | Error e) {
          if (e instanceof LifeFailed) {
            throw e;
          }
          throw life.attempt().fail(Invariant.REASON, "the life broke off with " + e, e);
        }
      } finally {
        remove(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** One thread's lives, and since when it has been living the one it is in. */
  private final class Worker implements Runnable {
    private final Path folder;
    private final Tally mine = new Tally();
    private volatile long since = System.nanoTime();
    private volatile long seed;
    private volatile Thread thread;

    Worker(Path folder) {
      this.folder = folder;
    }

    @Override
    public void run() {
      thread = Thread.currentThread();
      for (long i = next.getAndIncrement(); i < count && failed.get() == null; ) {
        seed = firstSeed + i;
        since = System.nanoTime();
        try {
          live(seed, folder.resolve("life-" + seed), mine);
        } catch (LifeFailed e) {
          failed.compareAndSet(null, e);
        }
        i = next.getAndIncrement();
      }
      synchronized (tally) {
        tally.add(mine);
      }
    }

    boolean hangs() {
      return thread != null && thread.isAlive() && System.nanoTime() - since > HANG_NANOS;
    }
  }

  /** Lives them all; answers the first that failed. */
  public Optional<LifeFailed> run(PrintStream progress) {
    Path folder = folder();
    try {
      List<Thread> running = new ArrayList<>();
      List<Worker> each = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Worker lives = new Worker(folder);
        each.add(lives);
        running.add(Thread.ofPlatform().daemon().name("lives-" + i).start(lives));
      }
      await(running, each, progress);
      remove(folder);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Optional.ofNullable(failed.get());
  }

  private void await(List<Thread> running, List<Worker> each, PrintStream progress)
      throws InterruptedException {
    long start = System.nanoTime();
    long told = start;
    for (Thread thread : running) {
      while (!thread.join(java.time.Duration.ofMillis(200))) {
        for (Worker lives : each) {
          if (lives.hangs()) {
            Trace trace = new Trace(lives.seed);
            for (StackTraceElement element : lives.thread.getStackTrace()) {
              trace.line("%s".formatted(element));
            }
            throw new LifeFailed(Invariant.ENDS, "for a minute now", trace, null);
          }
        }
        if (progress != null && System.nanoTime() - told > 5_000_000_000L) {
          told = System.nanoTime();
          long done = Math.min(next.get(), count);
          progress.printf(
              "%,d lives, %.0f a second%n", done, done * 1e9 / (System.nanoTime() - start));
        }
      }
    }
  }

  /** What was done. */
  Tally tally() {
    return tally;
  }
}
