package io.holdfast.drivers.nvme;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A queue's commands that are outstanding, and how far its rings have got, as the state pages hold
 * them.
 *
 * <pre>
 *    0  submitted: commands put into the submission ring since it was empty
 *    8  consumed: entries taken from the completion ring since it was empty
 *   16  entries: how many the rings have; 0 while they are not made
 *   24  interrupts: whether the controller was told to interrupt for completions
 *  128  slot 0: 64 bytes of command, 8 tag, 8 sequence, 8 state, 8 uses
 *  256  slot 1 …
 * </pre>
 *
 * <p>A slot's state makes it what it is, and is written after everything else of it. Its sequence
 * says the how-many-eth of the submitted it is: one that is not below {@link #submitted} has not
 * reached the ring, since its process died before. Not thread-safe; allocates nothing.
 */
final class Slots {
  /** The most that a command's identifier can tell apart. */
  static final int MOST = 256;

  static final int COMMAND_BYTES = 64;
  static final long BYTES = 9 * 4096;

  /** The sequence of a command that is to be sent, again or for the first time. */
  static final long UNSENT = Long.MAX_VALUE;

  private static final long SUBMITTED = 0;
  private static final long CONSUMED = 8;
  private static final long ENTRIES = 16;
  private static final long INTERRUPTS = 24;
  private static final long FIRST = 128;
  private static final long SLOT_BYTES = 128;
  private static final long TAG = 64;
  private static final long SEQUENCE = 72;
  private static final long STATE = 80;
  private static final long USES = 88;

  private static final long FREE = 0;
  private static final long OUTSTANDING = 1L << 32;
  private static final long FINISHED = 2L << 32;
  private static final long LOW = 0xffff_ffffL;

  private final MemorySegment memory;

  Slots(MemorySegment memory) {
    this.memory = memory;
  }

  long submitted() {
    return get(SUBMITTED);
  }

  void submitted(long count) {
    put(SUBMITTED, count);
  }

  long consumed() {
    return get(CONSUMED);
  }

  void consumed(long count) {
    put(CONSUMED, count);
  }

  int entries() {
    return (int) get(ENTRIES);
  }

  void entries(int number) {
    put(ENTRIES, number);
  }

  boolean interrupts() {
    return get(INTERRUPTS) != 0;
  }

  void interrupts(boolean told) {
    put(INTERRUPTS, told ? 1 : 0);
  }

  private static long at(int slot) {
    return FIRST + slot * SLOT_BYTES;
  }

  /** Where a slot's command is in {@link #memory}. */
  long command(int slot) {
    return at(slot);
  }

  MemorySegment memory() {
    return memory;
  }

  long tag(int slot) {
    return get(at(slot) + TAG);
  }

  long sequence(int slot) {
    return get(at(slot) + SEQUENCE);
  }

  void sequence(int slot, long value) {
    put(at(slot) + SEQUENCE, value);
  }

  boolean isFree(int slot) {
    return (get(at(slot) + STATE) & ~LOW) == FREE;
  }

  boolean isOutstanding(int slot) {
    return (get(at(slot) + STATE) & ~LOW) == OUTSTANDING;
  }

  /** Whether it has ended, and its completion is out of the ring, but was told to nobody. */
  boolean isFinished(int slot) {
    return (get(at(slot) + STATE) & ~LOW) == FINISHED;
  }

  /** How a finished command has ended. */
  int status(int slot) {
    return (int) get(at(slot) + STATE);
  }

  /** The identifier of an outstanding command. */
  int identifier(int slot) {
    return (int) get(at(slot) + STATE) & 0xffff;
  }

  /** Whether a completion with this identifier is that of a slot's command. */
  boolean isOutstandingAs(int slot, int identifier) {
    return get(at(slot) + STATE) == (OUTSTANDING | identifier);
  }

  /** Gives the slot's command an identifier that its slot has not had for 256 uses. */
  int nextIdentifier(int slot) {
    long uses = get(at(slot) + USES) + 1;
    put(at(slot) + USES, uses);
    return (int) (uses & 0xff) << 8 | slot;
  }

  /** The command is outstanding from now on, and not in the ring yet. */
  void take(int slot, int identifier, long tag) {
    put(at(slot) + TAG, tag);
    sequence(slot, UNSENT);
    rename(slot, identifier);
  }

  /** Gives an outstanding command, which is not in the ring, another identifier. */
  void rename(int slot, int identifier) {
    put(at(slot) + STATE, OUTSTANDING | identifier);
  }

  void finish(int slot, int status) {
    put(at(slot) + STATE, FINISHED | status);
  }

  void free(int slot) {
    put(at(slot) + STATE, FREE);
  }

  private long get(long at) {
    return memory.get(ValueLayout.JAVA_LONG, at);
  }

  /** Whatever was written before is there before it. */
  private void put(long at, long value) {
    Words.RELEASE.setRelease(memory, at, value);
  }
}
