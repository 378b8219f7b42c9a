package io.holdfast.drivers.nvme;

import io.holdfast.DmaSlice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A submission ring and a completion ring, and the commands that are outstanding in them.
 *
 * <p>Rings are counted, not indexed: the how-many-eth entry is at its number modulo the ring's
 * length, and the phase bit of a completion follows from it too. To submit is five steps, in an
 * order that a process may die within: the slot holds the command; the slot is outstanding; the
 * ring holds the command; the count of submitted ones is one more; the doorbell is rung. To consume
 * is three: the handler has returned; the slot is free; the count of consumed ones is one more.
 *
 * <p>One thread at a time. On the way of a command nothing is allocated.
 */
final class QueuePair {
  static final int COMPLETION_BYTES = 16;
  private static final int PHASE = 1 << 16;

  private final int id;
  private final Registers registers;
  private final Slots slots;
  private final MemorySegment submissions;
  private final MemorySegment completions;
  private final DmaSlice submissionRing;
  private final DmaSlice completionRing;
  private final DmaSlice lists;
  private final int entries;
  private final long submissionDoorbell;
  private final long completionDoorbell;

  /** The numbers of free slots, a ring, so that each is used as seldom as can be. */
  private final int[] free;

  private int firstFree;
  private int freeCount;
  private int finishedCount;
  private long strays;
  private boolean telling;

  /**
   * Rings with what is outstanding in them.
   *
   * @param lists 256 bytes for each slot, for lists of pages
   */
  QueuePair(
      int id,
      Registers registers,
      Slots slots,
      DmaSlice submissionRing,
      DmaSlice completionRing,
      DmaSlice lists) {
    this.id = id;
    this.registers = registers;
    this.slots = slots;
    this.submissionRing = submissionRing;
    this.completionRing = completionRing;
    this.lists = lists;
    this.submissions = submissionRing.segment();
    this.completions = completionRing.segment();
    this.entries = (int) (submissions.byteSize() / Slots.COMMAND_BYTES);
    this.submissionDoorbell = registers.doorbell(id, true);
    this.completionDoorbell = registers.doorbell(id, false);
    this.free = new int[entries - 1];
    countSlots();
  }

  private void countSlots() {
    firstFree = 0;
    freeCount = 0;
    finishedCount = 0;
    for (int slot = 0; slot < free.length; slot++) {
      if (slots.isFree(slot)) {
        free[freeCount++] = slot;
      } else if (slots.isFinished(slot)) {
        finishedCount++;
      }
    }
  }

  int id() {
    return id;
  }

  int entries() {
    return entries;
  }

  long submissionAddress() {
    return submissionRing.dmaAddress();
  }

  long completionAddress() {
    return completionRing.dmaAddress();
  }

  Slots slots() {
    return slots;
  }

  DmaSlice lists() {
    return lists;
  }

  /** How many commands are outstanding, and how many may be. */
  int outstanding() {
    return free.length - freeCount;
  }

  int most() {
    return free.length;
  }

  boolean isOccupied(int slot) {
    return !slots.isFree(slot);
  }

  long strays() {
    return strays;
  }

  /**
   * A free slot to put a command into, by {@link Slots#memory} and {@link Slots#command}; -1 if
   * there is none. It stays free until {@link #submit}.
   */
  int freeSlot() {
    return freeCount == 0 ? -1 : free[firstFree];
  }

  /** Sends the command in {@link #freeSlot()}. */
  void submit(long tag) {
    int slot = free[firstFree];
    firstFree = next(firstFree);
    freeCount--;
    slots.take(slot, slots.nextIdentifier(slot), tag);
    send(slot);
    registers.ring(submissionDoorbell, (int) (slots.submitted() % entries));
  }

  private int next(int place) {
    return place + 1 == free.length ? 0 : place + 1;
  }

  /** Puts an outstanding command into the ring, under the identifier that its slot has now. */
  private void send(int slot) {
    long count = slots.submitted();
    int identifier = slots.identifier(slot);
    MemorySegment memory = slots.memory();
    memory.set(ValueLayout.JAVA_SHORT, slots.command(slot) + 2, (short) identifier);
    slots.sequence(slot, count);
    MemorySegment.copy(
        memory,
        slots.command(slot),
        submissions,
        count % entries * Slots.COMMAND_BYTES,
        Slots.COMMAND_BYTES);
    slots.submitted(count + 1);
  }

  /**
   * Tells a handler of what has ended.
   *
   * @return how many commands it was told of
   */
  int poll(NvmeHandler handler) {
    if (telling) {
      throw new IllegalStateException("a handler asks for completions while it is told of one");
    }
    telling = true;
    try {
      int told = finishedCount > 0 ? tellFinished(handler) : 0;
      return told + tellCompletions(handler);
    } finally {
      telling = false;
    }
  }

  private int tellFinished(NvmeHandler handler) {
    int told = 0;
    for (int slot = 0; slot < free.length; slot++) {
      if (slots.isFinished(slot)) {
        handler.completed(slots.tag(slot), slots.status(slot));
        finishedCount--;
        release(slot);
        told++;
      }
    }
    return told;
  }

  private int tellCompletions(NvmeHandler handler) {
    long start = slots.consumed();
    long count = start;
    int told = 0;
    try {
      while (isPresent(count)) {
        int word = lastWord(count);
        int slot = slotOf(word);
        if (slot < 0) {
          strays++;
        } else {
          handler.completed(slots.tag(slot), NvmeStatus.of(word));
          release(slot);
          told++;
        }
        slots.consumed(++count);
      }
    } finally {
      if (count != start) {
        registers.ring(completionDoorbell, (int) (count % entries));
      }
    }
    return told;
  }

  private void release(int slot) {
    slots.free(slot);
    free[(firstFree + freeCount) % free.length] = slot;
    freeCount++;
  }

  /** Whether the controller has written the how-many-eth completion: its phase says so. */
  private boolean isPresent(long count) {
    boolean phase = (lastWord(count) & PHASE) != 0;
    return phase == ((count / entries & 1) == 0);
  }

  /** What is read after it is not older. */
  private int lastWord(long count) {
    return (int) Words.ACQUIRE.getAcquire(completions, count % entries * COMPLETION_BYTES + 12);
  }

  /** Whose completion it is; -1 if nobody's. */
  private int slotOf(int word) {
    int slot = word & 0xff;
    return slot < free.length && slots.isOutstandingAs(slot, word & 0xffff) ? slot : -1;
  }

  /** The controller goes on with these rings: sends what has not reached them, and rings both. */
  void adopt() {
    for (int slot = 0; slot < free.length; slot++) {
      if (slots.isOutstanding(slot) && slots.sequence(slot) >= slots.submitted()) {
        slots.rename(slot, slots.nextIdentifier(slot));
        send(slot);
      }
    }
    registers.ring(submissionDoorbell, (int) (slots.submitted() % entries));
    registers.ring(completionDoorbell, (int) (slots.consumed() % entries));
  }

  /** The controller has stopped: takes out what it had written, and tells nobody yet. */
  void harvest() {
    for (long count = slots.consumed(); isPresent(count); slots.consumed(++count)) {
      int word = lastWord(count);
      int slot = slotOf(word);
      if (slot >= 0) {
        slots.finish(slot, NvmeStatus.of(word));
      }
    }
  }

  /** Empties the rings; what is outstanding is to be sent again. The controller has stopped. */
  void empty() {
    completions.fill((byte) 0);
    submissions.fill((byte) 0);
    for (int slot = 0; slot < free.length; slot++) {
      if (slots.isOutstanding(slot)) {
        slots.sequence(slot, Slots.UNSENT);
      }
    }
    slots.submitted(0);
    slots.consumed(0);
    countSlots();
  }

  /** Forgets what is outstanding: for commands that nobody waits for any more. */
  void forget() {
    for (int slot = 0; slot < free.length; slot++) {
      slots.free(slot);
    }
    countSlots();
  }
}
