package io.holdfast.drivers.nvme;

import io.holdfast.DmaSlice;

/**
 * The blocks of a disk: reads and writes that wait until they are done.
 *
 * <p>Any length in whole blocks goes; what one command cannot move is moved by several.
 * Thread-safe: one command at a time, in a queue of its own. For many at once see {@link
 * NvmeQueue}.
 */
public final class NvmeNamespace {
  private final Waiting waiting;
  private final int id;
  private final long blocks;
  private final int blockShift;

  NvmeNamespace(Waiting waiting, int id, AdminCommands.Shape shape) {
    this.waiting = waiting;
    this.id = id;
    this.blocks = shape.blocks();
    this.blockShift = shape.blockShift();
  }

  /** Its number, from 1. */
  public int id() {
    return id;
  }

  /** How many blocks it has. */
  public long blocks() {
    return blocks;
  }

  /** How long each is, in bytes. */
  public int blockBytes() {
    return 1 << blockShift;
  }

  /**
   * Reads blocks.
   *
   * @param block the first of them
   * @param data where they go, whole blocks
   * @throws NvmeStatusException if the device refuses, for instance what is beyond the last block
   * @throws NvmeTimeoutException if it takes too long; the device may write to the memory still,
   *     until {@link NvmeController#reset}
   */
  public void read(long block, DmaSlice data) {
    waiting.transfer(this, false, block, data);
  }

  /** Writes blocks; as {@link #read}. They are sure to last after {@link #flush} only. */
  public void write(long block, DmaSlice data) {
    waiting.transfer(this, true, block, data);
  }

  /** Has everything made last that was written before. */
  public void flush() {
    waiting.flush(this);
  }

  /**
   * Says that blocks are not needed any more. What they read as afterwards is the device's
   * business.
   */
  public void deallocate(long block, int count) {
    waiting.deallocate(this, block, count);
  }
}
