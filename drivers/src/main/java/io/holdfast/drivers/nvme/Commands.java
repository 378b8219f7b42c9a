package io.holdfast.drivers.nvme;

import io.holdfast.DmaSlice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes commands into slots (sections 4.2 and 6). Allocates nothing; one thread at a time.
 *
 * <p>A command names its memory by physical pages: the first, and the second or a list of all
 * others.
 */
final class Commands {
  static final int PAGE_BYTES = 4096;

  /** A slot's list has so many pages, so that no list crosses a page itself. */
  static final int LIST_BYTES = 256;

  /** What one command can move, wherever it begins in its first page. */
  static final int MOST_BYTES = LIST_BYTES / Long.BYTES * PAGE_BYTES;

  private static final int FLUSH = 0x00;
  private static final int WRITE = 0x01;
  private static final int READ = 0x02;
  private static final int DATASET_MANAGEMENT = 0x09;
  private static final int DEALLOCATE = 4;

  private static final long NAMESPACE = 4;
  private static final long PRP1 = 24;
  private static final long PRP2 = 32;
  private static final long WORD10 = 40;
  private static final long WORD11 = 44;
  private static final long WORD12 = 48;

  private final QueuePair pair;
  private final MemorySegment memory;
  private final MemorySegment lists;

  Commands(QueuePair pair) {
    this.pair = pair;
    this.memory = pair.slots().memory();
    this.lists = pair.lists().segment();
  }

  private long begin(int slot, int opcode, int namespace) {
    long at = pair.slots().command(slot);
    for (long word = at; word < at + Slots.COMMAND_BYTES; word += Long.BYTES) {
      memory.set(ValueLayout.JAVA_LONG, word, 0);
    }
    memory.set(ValueLayout.JAVA_INT, at, opcode);
    memory.set(ValueLayout.JAVA_INT, at + NAMESPACE, namespace);
    return at;
  }

  void flush(int slot, int namespace) {
    begin(slot, FLUSH, namespace);
  }

  /** Reads or writes; {@code block} and {@code blocks} are within the namespace, or it says no. */
  void transfer(
      int slot,
      boolean isWrite,
      int namespace,
      long block,
      int blocks,
      DmaSlice data,
      long offset,
      long length) {
    long at = begin(slot, isWrite ? WRITE : READ, namespace);
    pages(at, slot, data, offset, length);
    memory.set(ValueLayout.JAVA_LONG, at + WORD10, block);
    memory.set(ValueLayout.JAVA_INT, at + WORD12, blocks - 1);
  }

  /** One range, which is in the slot's list. */
  void deallocate(int slot, int namespace, long block, int blocks) {
    long at = begin(slot, DATASET_MANAGEMENT, namespace);
    long range = (long) slot * LIST_BYTES;
    lists.set(ValueLayout.JAVA_INT, range, 0);
    lists.set(ValueLayout.JAVA_INT, range + 4, blocks);
    lists.set(ValueLayout.JAVA_LONG, range + 8, block);
    memory.set(ValueLayout.JAVA_LONG, at + PRP1, pair.lists().dmaAddress(range));
    memory.set(ValueLayout.JAVA_INT, at + WORD11, DEALLOCATE);
  }

  /** An admin command: with one page of memory or none, and two words of its own. */
  void admin(int slot, int opcode, int namespace, long page, int word10, int word11) {
    long at = begin(slot, opcode, namespace);
    memory.set(ValueLayout.JAVA_LONG, at + PRP1, page);
    memory.set(ValueLayout.JAVA_INT, at + WORD10, word10);
    memory.set(ValueLayout.JAVA_INT, at + WORD11, word11);
  }

  private void pages(long at, int slot, DmaSlice data, long offset, long length) {
    memory.set(ValueLayout.JAVA_LONG, at + PRP1, data.dmaAddress(offset));
    long next = PAGE_BYTES - (data.offsetBytes() + offset & PAGE_BYTES - 1);
    if (next >= length) {
      return;
    }
    if (length - next <= PAGE_BYTES) {
      memory.set(ValueLayout.JAVA_LONG, at + PRP2, data.dmaAddress(offset + next));
      return;
    }
    long list = (long) slot * LIST_BYTES;
    memory.set(ValueLayout.JAVA_LONG, at + PRP2, pair.lists().dmaAddress(list));
    for (; next < length; next += PAGE_BYTES, list += Long.BYTES) {
      lists.set(ValueLayout.JAVA_LONG, list, data.dmaAddress(offset + next));
    }
  }

  /** What the command in a slot is. */
  NvmeCommand describe(int slot) {
    long at = pair.slots().command(slot);
    long tag = pair.slots().tag(slot);
    int namespace = memory.get(ValueLayout.JAVA_INT, at + NAMESPACE);
    int opcode = memory.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    return switch (opcode) {
      case FLUSH -> new NvmeCommand(tag, NvmeCommand.Kind.FLUSH, namespace, 0, 0);
      case DATASET_MANAGEMENT -> {
        long range = (long) slot * LIST_BYTES;
        yield new NvmeCommand(
            tag,
            NvmeCommand.Kind.DEALLOCATE,
            namespace,
            lists.get(ValueLayout.JAVA_LONG, range + 8),
            Integer.toUnsignedLong(lists.get(ValueLayout.JAVA_INT, range + 4)));
      }
      default ->
          new NvmeCommand(
              tag,
              opcode == WRITE ? NvmeCommand.Kind.WRITE : NvmeCommand.Kind.READ,
              namespace,
              memory.get(ValueLayout.JAVA_LONG, at + WORD10),
              memory.get(ValueLayout.JAVA_INT, at + WORD12) + 1L);
    };
  }
}
