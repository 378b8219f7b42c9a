package io.holdfast.drivers.nvme;

import io.holdfast.DmaSlice;
import java.time.Duration;

/** Sends a command and waits for its end, in a queue that is used for nothing else. Thread-safe. */
final class Waiting implements NvmeHandler {
  private final NvmeController controller;
  private final NvmeQueue queue;
  private final Duration limit;
  private long tag;
  private boolean ended;
  private int status;

  Waiting(NvmeController controller, NvmeQueue queue, Duration limit) {
    this.controller = controller;
    this.queue = queue;
    this.limit = limit;
  }

  /** Of a former process, or of one who has given up waiting: nobody wants to know. */
  @Override
  public void completed(long told, int itsStatus) {
    if (told == tag) {
      ended = true;
      status = itsStatus;
    }
  }

  /** Waits for what a former process waited for. */
  synchronized void finishOthers() {
    queue.drain(this, limit);
  }

  synchronized void transfer(NvmeNamespace namespace, boolean isWrite, long block, DmaSlice data) {
    long length = data.lengthBytes();
    long most = controller.mostBytes() & -namespace.blockBytes();
    for (long done = 0; done < length; ) {
      long part = Math.min(most, length - done);
      long first = block + done / namespace.blockBytes();
      boolean sent = queue.transfer(isWrite, namespace, first, data, done, part, begin());
      finish(sent, isWrite ? "Write" : "Read", namespace, first);
      done += part;
    }
  }

  synchronized void flush(NvmeNamespace namespace) {
    finish(queue.flush(namespace, begin()), "Flush", namespace, 0);
  }

  synchronized void deallocate(NvmeNamespace namespace, long block, int count) {
    boolean sent = queue.deallocate(namespace, block, count, begin());
    finish(sent, "Deallocate", namespace, block);
  }

  private long begin() {
    ended = false;
    return ++tag;
  }

  private void finish(boolean sent, String what, NvmeNamespace namespace, long block) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (sent
        && !ended
        && queue.await(this, Duration.ofNanos(deadline - System.nanoTime())) > 0) {
      Thread.onSpinWait(); // That was another's, who has given up.
    }
    if (!ended) {
      throw new NvmeTimeoutException(
          describe(what, namespace, block), limit, "reset the controller: it is sent again");
    }
    if (status != NvmeStatus.SUCCESS) {
      throw new NvmeStatusException(describe(what, namespace, block), status);
    }
  }

  private static String describe(String what, NvmeNamespace namespace, long block) {
    return "%s (namespace %d, block %d)".formatted(what, namespace.id(), block);
  }
}
