package io.holdfast.engine;

import io.holdfast.linux.MappedMemory;
import io.holdfast.sys.Closing;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.zip.CRC32C;

/**
 * The CRC-32C of each of several memfds, computed by a second thread while the first one goes on,
 * and by both once it waits.
 *
 * <p>Memory is mapped, unmapped and waited for by the thread that uses this, in an order that does
 * not depend on the other one: which system calls are made, and when, is the same in every run.
 * There is no second thread where there is one processor only, or so little memory that starting it
 * takes longer. Used by one thread.
 */
final class ContentChecksums implements AutoCloseable {
  /** What is summed up between two looks at whether anybody still wants it. */
  private static final long STEP_BYTES = 16L << 20;

  /** As much takes longer to sum up than a thread to start. */
  private static final long WORTH_A_THREAD_BYTES = 8L << 20;

  /** A process has no more than 65,530 mappings. */
  private static final int MOST_MAPPED = 256;

  private final SequencedMap<LiveFile, Pending> pending = new LinkedHashMap<>();
  private final Map<LiveFile, Long> sums = new LinkedHashMap<>();
  private final boolean alone;
  private ExecutorService other;
  private long begunBytes;
  private volatile boolean abandoned;

  /** A file that is being summed up; one that is empty is not mapped. */
  private record Pending(MappedMemory memory, FutureTask<Long> sum) {
    void close() {
      if (memory != null) {
        memory.close();
      }
    }
  }

  ContentChecksums() {
    alone = Runtime.getRuntime().availableProcessors() == 1;
  }

  /** Begins to sum up a file, which is mapped meanwhile. */
  void begin(LiveFile file) {
    if (pending.size() == MOST_MAPPED) {
      settleFirst();
    }
    long sizeBytes = file.state().sizeBytes();
    MappedMemory memory = sizeBytes == 0 ? null : file.memfd.map(0, sizeBytes);
    FutureTask<Long> sum = new FutureTask<>(() -> sum(memory));
    pending.put(file, new Pending(memory, sum));
    begunBytes += sizeBytes;
    if (!alone && begunBytes >= WORTH_A_THREAD_BYTES) {
      if (other == null) {
        other = Executors.newSingleThreadExecutor(ContentChecksums::daemon);
      }
      other.execute(sum);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "holdfast-checksums");
    thread.setDaemon(true);
    return thread;
  }

  /** Waits for all that has begun, and takes a share in it. */
  Map<LiveFile, Long> await() {
    pending.values().forEach(each -> each.sum().run()); // Does nothing where the other one is.
    while (!pending.isEmpty()) {
      settleFirst();
    }
    return sums;
  }

  private void settleFirst() {
    Map.Entry<LiveFile, Pending> first = pending.firstEntry();
    first.getValue().sum().run();
    sums.put(first.getKey(), of(first.getValue().sum()));
    pending.remove(first.getKey());
    first.getValue().close();
  }

  private static long of(FutureTask<Long> sum) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return sum.get();
        } catch (InterruptedException e) {
          interrupted = true; // What is mapped has to be let go of first.
        } catch (ExecutionException e) {
          // Such as the memory error of a page that cannot be read.
          throw new IllegalStateException("a checksum could not be computed", e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private long sum(MappedMemory memory) {
    CRC32C sum = new CRC32C();
    long sizeBytes = memory == null ? 0 : memory.segment().byteSize();
    for (long at = 0; at < sizeBytes && !abandoned; at += STEP_BYTES) {
      long lengthBytes = Math.min(STEP_BYTES, sizeBytes - at);
      sum.update(memory.segment().asSlice(at, lengthBytes).asByteBuffer());
    }
    return sum.getValue();
  }

  /** Gives up what has not been summed up, and unmaps everything. */
  @Override
  public void close() {
    abandoned = true;
    if (other != null) {
      other.close(); // Waits for what runs, which ends at its next look.
    }
    Closing closing = new Closing();
    for (Pending each : pending.values()) {
      closing.step(each::close);
    }
    pending.clear();
    closing.end();
  }
}
