package io.holdfast.sim;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Takes commands from submission queues, has them done, and tells their completions.
 *
 * <p>An admin command is done at once. An I/O command is taken into a slot of the controller's and
 * done when it is due, or, by chance, when it is taken, and told when it is due.
 */
final class NvmeCommands {
  private static final int COMPLETION_BYTES = 16;
  private static final int ASYNCHRONOUS_EVENT = 0x0c;

  private final DeviceBus bus;
  private final NvmeState state;
  private final NvmeAdmin admin;
  private final NvmeIo io;
  private final MemorySegment fetched = Arena.ofAuto().allocate(NvmeState.COMMAND_BYTES, 8);
  private final MemorySegment completion = Arena.ofAuto().allocate(COMPLETION_BYTES, 8);

  NvmeCommands(DeviceBus bus, NvmeState state, NvmeMedium medium) {
    this.bus = bus;
    this.state = state;
    NvmePrps prps = new NvmePrps(bus);
    this.admin = new NvmeAdmin(state, medium, prps);
    this.io = new NvmeIo(medium, prps);
  }

  /** A register is read or written, which takes its time. */
  void accessed() {
    if (state.latency() > 0) {
      turn();
    }
  }

  /** A doorbell is written. */
  void ring(int queue, boolean submission, int value) {
    if (!state.isWorking() || queue >= NvmeState.QUEUES) {
      return;
    }
    if (submission) {
      NvmeSubmissions submissions = state.submission(queue);
      if (submissions.exists() && value < submissions.size()) {
        submissions.tail(value);
      }
    } else {
      NvmeCompletions completions = state.completion(queue);
      if (completions.exists() && value < completions.size()) {
        completions.head(value);
      }
    }
    takeAll();
    if (state.latency() == 0) {
      endDue();
    }
  }

  /** Whether something is under way that waiting brings about. */
  boolean turn() {
    state.tick();
    takeAll();
    endDue();
    return state.isWorking() && !state.isHeld() && hasUndue();
  }

  private boolean hasUndue() {
    boolean undue = false;
    for (int i = 0; i < NvmeState.SLOTS && state.underWay() > 0 && !undue; i++) {
      NvmeSlot slot = state.slot(i);
      undue = slot.isTaken() && slot.due() > state.clock();
    }
    return undue;
  }

  private void takeAll() {
    for (int queue = 0; queue < NvmeState.QUEUES; queue++) {
      NvmeSubmissions submissions = state.submission(queue);
      while (state.isWorking() && submissions.exists() && !submissions.isEmpty()) {
        if (!take(submissions)) {
          break;
        }
      }
    }
  }

  /** Takes a command; false if there is no room for it, or for its completion. */
  private boolean take(NvmeSubmissions submissions) {
    boolean isAdmin = submissions.id() == 0;
    NvmeSlot slot = isAdmin ? null : freeSlot();
    if (isAdmin ? state.completion(0).isFull() : slot == null) {
      return false;
    }
    long at = submissions.base() + (long) submissions.head() * NvmeState.COMMAND_BYTES;
    if (!bus.dmaRead(at, fetched)) {
      state.fail();
      return false;
    }
    submissions.takeOne();
    if (isAdmin) {
      long answer = admin.execute(fetched);
      if (NvmeIo.opcode(fetched) != ASYNCHRONOUS_EVENT) { // Which there never is.
        tell(submissions, fetched, (int) (answer >>> 32), (int) answer);
      }
      return true;
    }
    state.countTaken();
    slot.command().copyFrom(fetched);
    int latency = state.latency();
    slot.take(
        submissions.id(), latency == 0 ? state.clock() : state.clock() + 1 + state.random(latency));
    if (latency > 0 && state.random(2) == 0) {
      slot.outcome(perform(slot));
    }
    return true;
  }

  private NvmeSlot freeSlot() {
    if (state.underWay() == NvmeState.SLOTS) {
      return null;
    }
    for (int i = 0; i < NvmeState.SLOTS; i++) {
      NvmeSlot slot = state.slot(i);
      if (!slot.isTaken()) {
        return slot;
      }
    }
    return null;
  }

  private int perform(NvmeSlot slot) {
    int planned = state.takeNextStatus();
    return planned != 0 ? planned : io.execute(slot.command());
  }

  private void endDue() {
    if (state.isHeld()) {
      return;
    }
    int start = state.latency() == 0 ? 0 : state.random(NvmeState.SLOTS);
    for (int i = 0; i < NvmeState.SLOTS && state.underWay() > 0; i++) {
      NvmeSlot slot = state.slot((start + i) % NvmeState.SLOTS);
      if (slot.isTaken() && slot.due() <= state.clock() && state.isWorking()) {
        end(slot);
      }
    }
  }

  private void end(NvmeSlot slot) {
    NvmeSubmissions submissions = state.submission(slot.queue());
    if (!submissions.exists()) {
      slot.free(); // Its queue was deleted.
      return;
    }
    if (state.completion(submissions.completion()).isFull()) {
      return;
    }
    int status = slot.outcome() >= 0 ? slot.outcome() : perform(slot);
    if (tell(submissions, slot.command(), status, 0)) {
      slot.free();
    }
  }

  /** Writes a completion, its phase last, and interrupts. */
  private boolean tell(NvmeSubmissions submissions, MemorySegment command, int status, int result) {
    NvmeCompletions completions = state.completion(submissions.completion());
    int identifier = command.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2) & 0xffff;
    completion.set(ValueLayout.JAVA_INT, 0, result);
    completion.set(ValueLayout.JAVA_INT, 4, 0);
    completion.set(ValueLayout.JAVA_INT, 8, submissions.id() << 16 | submissions.head());
    completion.set(ValueLayout.JAVA_INT, 12, identifier | status << 17 | completions.phase() << 16);
    long at = completions.base() + (long) completions.tail() * COMPLETION_BYTES;
    VarHandle.releaseFence(); // Whoever sees it sees the data too.
    if (!bus.dmaWrite(at, completion)) {
      state.fail();
      return false;
    }
    completions.addOne();
    if (completions.interrupts()) {
      bus.interrupt(completions.vector());
    }
    return true;
  }

  boolean isInterrupting() {
    for (int queue = 0; queue < NvmeState.QUEUES; queue++) {
      NvmeCompletions completions = state.completion(queue);
      if (completions.exists()
          && completions.interrupts()
          && completions.head() != completions.tail()) {
        return true;
      }
    }
    return false;
  }
}
