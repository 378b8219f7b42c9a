package io.holdfast.drivers.nvme;

import io.holdfast.DmaSlice;
import io.holdfast.Interrupt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A queue of commands: sends many at once, and tells what became of them in the order in which they
 * end.
 *
 * <p>A command's memory belongs to the device until its handler is told. Commands that are
 * outstanding together must not depend on each other's order, as NVMe has it. What was outstanding
 * when the last process ended is outstanding still: its completions are told to the handler of this
 * one, under the tags they were sent with.
 *
 * <p>Used by one thread at a time; different queues by different threads. Sending and polling
 * allocate nothing.
 */
public final class NvmeQueue {
  private final NvmeController controller;
  private final QueuePair pair;
  private final Commands commands;
  private final Patience patience;
  private final Interrupt interrupt;

  /** {@code interrupt} is what {@link #await} waits for, or null to poll. */
  NvmeQueue(NvmeController controller, QueuePair pair, Patience patience, Interrupt interrupt) {
    this.controller = controller;
    this.pair = pair;
    this.commands = new Commands(pair);
    this.patience = patience;
    this.interrupt = interrupt;
  }

  QueuePair pair() {
    return pair;
  }

  /**
   * Has blocks read.
   *
   * @param block the first of them
   * @param data where they go: whole blocks, at most {@link NvmeController#mostBytes}
   * @param tag by which the handler is told
   * @return false if the queue is full: poll first
   */
  public boolean read(NvmeNamespace namespace, long block, DmaSlice data, long tag) {
    return transfer(false, namespace, block, data, 0, data.lengthBytes(), tag);
  }

  /** Has blocks written; as {@link #read}. */
  public boolean write(NvmeNamespace namespace, long block, DmaSlice data, long tag) {
    return transfer(true, namespace, block, data, 0, data.lengthBytes(), tag);
  }

  boolean transfer(
      boolean isWrite,
      NvmeNamespace namespace,
      long block,
      DmaSlice data,
      long offset,
      long length,
      long tag) {
    int slot = freeSlot();
    if (slot < 0) {
      return false;
    }
    int blocks = blocks(namespace, data, offset, length);
    commands.transfer(slot, isWrite, namespace.id(), block, blocks, data, offset, length);
    pair.submit(tag);
    return true;
  }

  private int blocks(NvmeNamespace namespace, DmaSlice data, long offset, long length) {
    if (length > controller.mostBytes() || length % namespace.blockBytes() != 0) {
      throw new IllegalArgumentException(
          "%d bytes: a command moves whole blocks of %d, and at most %d bytes"
              .formatted(length, namespace.blockBytes(), controller.mostBytes()));
    }
    if ((data.offsetBytes() + offset) % Integer.BYTES != 0) {
      throw new IllegalArgumentException("memory for blocks begins at a multiple of 4 bytes");
    }
    return (int) (length / namespace.blockBytes());
  }

  /** Has everything made last that was written, and told of, before; as {@link #read}. */
  public boolean flush(NvmeNamespace namespace, long tag) {
    int slot = freeSlot();
    if (slot < 0) {
      return false;
    }
    commands.flush(slot, namespace.id());
    pair.submit(tag);
    return true;
  }

  /**
   * Says that blocks are not needed any more. What they read as afterwards is the device's
   * business.
   *
   * @param blocks how many, at least 1
   * @return false if the queue is full
   */
  public boolean deallocate(NvmeNamespace namespace, long block, int blocks, long tag) {
    if (blocks < 1) {
      throw new IllegalArgumentException("at least 1 block, not " + blocks);
    }
    int slot = freeSlot();
    if (slot < 0) {
      return false;
    }
    commands.deallocate(slot, namespace.id(), block, blocks);
    pair.submit(tag);
    return true;
  }

  private int freeSlot() {
    controller.requireOpen();
    return pair.freeSlot();
  }

  /**
   * Tells the handler of what has ended; does not wait.
   *
   * @return how many commands it was told of
   */
  public int poll(NvmeHandler handler) {
    controller.requireOpen();
    return pair.poll(handler);
  }

  /**
   * Waits until the handler was told of one command at least: by the queue's interrupt, or by
   * polling, as the {@linkplain NvmeOptions#interrupts options} say.
   *
   * @return of how many; 0 when the time is up, or nothing is outstanding
   * @throws NvmeException if the controller has failed: {@link NvmeController#reset} it
   */
  public int await(NvmeHandler handler, Duration timeout) {
    controller.requireOpen();
    return patience.await(pair, handler, interrupt, timeout.toNanos());
  }

  /**
   * Waits until nothing is outstanding.
   *
   * @throws NvmeTimeoutException when the time is up
   * @throws NvmeException if the controller has failed
   */
  public void drain(NvmeHandler handler, Duration timeout) {
    controller.requireOpen();
    patience.drain(pair, handler, interrupt, timeout);
  }

  /** How many commands are outstanding. */
  public int outstanding() {
    return pair.outstanding();
  }

  /** How many may be. */
  public int capacity() {
    return pair.most();
  }

  /** The commands that are outstanding, those of former processes among them. */
  public List<NvmeCommand> outstandingCommands() {
    List<NvmeCommand> all = new ArrayList<>();
    for (int slot = 0; slot < pair.most(); slot++) {
      if (pair.isOccupied(slot)) {
        all.add(commands.describe(slot));
      }
    }
    return all;
  }

  /**
   * How many completions came that belong to no command that is outstanding, in this process. One
   * is usual where the last process died between telling its handler and counting that.
   */
  public long strayCompletions() {
    return pair.strays();
  }
}
