package io.holdfast.sim;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What a simulated NVMe controller knows besides its medium: registers, queues, and the commands it
 * has taken and not ended. All of it is in the device's memory, which outlives a kexec.
 *
 * <pre>
 * registers and counters   256 bytes
 * submission queues        33 of 32 bytes
 * completion queues        33 of 40 bytes
 * commands under way       1024 of 96 bytes
 * </pre>
 */
final class NvmeState {
  static final int ENABLED = 1;
  static final int SHUTDOWN = 0xc000;
  static final int QUEUES = 33;
  static final int SLOTS = 1024;
  static final int COMMAND_BYTES = 64;
  static final int MOST_ENTRIES = 256;

  private static final int READY = 1;
  private static final int FAILED = 2;
  private static final int SHUT_DOWN = 8;

  /** I/O submission entries of 64 bytes and completion entries of 16, pages of 4 KiB. */
  private static final int SIZES = 0x46_0000;

  private static final int SIZES_MASK = 0xff_0780;

  private static final long CONFIGURATION = 0;
  private static final long STATUS = 4;
  private static final long ADMIN_SIZES = 8;
  private static final long UNTIL_READY = 12;
  private static final long ADMIN_SUBMISSION = 16;
  private static final long ADMIN_COMPLETION = 24;
  private static final long INTERRUPT_MASK = 32;
  private static final long CLOCK = 40;
  private static final long LATENCY = 48;
  private static final long RANDOM = 56;
  private static final long TAKEN = 64;
  private static final long HELD = 72;
  private static final long NEXT_STATUS = 76;
  private static final long UNDER_WAY = 80;
  private static final long REGISTERS_BYTES = 256;

  private static final long SUBMISSION_BYTES = 32;
  private static final long COMPLETION_BYTES = 40;
  private static final long SLOT_BYTES = COMMAND_BYTES + 32;
  private static final long SUBMISSIONS = REGISTERS_BYTES;
  private static final long COMPLETIONS = SUBMISSIONS + QUEUES * SUBMISSION_BYTES;
  private static final long COMMANDS = COMPLETIONS + QUEUES * COMPLETION_BYTES;
  static final long BYTES = COMMANDS + SLOTS * SLOT_BYTES;

  private final MemorySegment memory;

  NvmeState(MemorySegment memory) {
    this.memory = memory;
  }

  NvmeSubmissions submission(int id) {
    return new NvmeSubmissions(this, id, SUBMISSIONS + id * SUBMISSION_BYTES);
  }

  NvmeCompletions completion(int id) {
    return new NvmeCompletions(this, COMPLETIONS + id * COMPLETION_BYTES);
  }

  NvmeSlot slot(int index) {
    return new NvmeSlot(this, COMMANDS + index * SLOT_BYTES);
  }

  /** A function-level reset: nothing is left but the clock. */
  void reset() {
    disable();
    put32(CONFIGURATION, 0);
    put32(STATUS, 0);
    put32(ADMIN_SIZES, 0);
    adminSubmission(0);
    adminCompletion(0);
    interruptMask(0);
  }

  /** A controller reset: queues and commands are gone, the admin queue's registers stay. */
  void disable() {
    put32(STATUS, 0);
    put32(UNTIL_READY, 0);
    memory.asSlice(SUBMISSIONS, BYTES - SUBMISSIONS).fill((byte) 0);
    put32(UNDER_WAY, 0);
  }

  /** Ready when its status has been read once more; or failed, where it is set up wrongly. */
  void enable() {
    int submissions = (adminSizes() & 0xfff) + 1;
    int completions = (adminSizes() >> 16 & 0xfff) + 1;
    boolean aligned = ((adminSubmission() | adminCompletion()) & 0xfff) == 0;
    if (!aligned || submissions < 2 || completions < 2 || (configuration() & SIZES_MASK) != SIZES) {
      fail();
      return;
    }
    submission(0).create(adminSubmission(), submissions, 0);
    completion(0).create(adminCompletion(), completions, 0, true);
    put32(UNTIL_READY, 2);
  }

  void shutDown() {
    put32(STATUS, get32(STATUS) | SHUT_DOWN);
  }

  void fail() {
    put32(STATUS, get32(STATUS) | FAILED);
  }

  boolean isWorking() {
    int status = get32(STATUS);
    return (status & (READY | FAILED | SHUT_DOWN)) == READY;
  }

  /** CSTS, as a driver reads it. */
  int statusSeen() {
    int left = get32(UNTIL_READY);
    if (left > 0) {
      put32(UNTIL_READY, left - 1);
      if (left == 1) {
        put32(STATUS, get32(STATUS) | READY);
      }
    }
    return get32(STATUS);
  }

  int configuration() {
    return get32(CONFIGURATION);
  }

  void configuration(int value) {
    put32(CONFIGURATION, value);
  }

  int adminSizes() {
    return get32(ADMIN_SIZES);
  }

  void adminSizes(int value) {
    put32(ADMIN_SIZES, value);
  }

  long adminSubmission() {
    return get64(ADMIN_SUBMISSION);
  }

  void adminSubmission(long value) {
    put64(ADMIN_SUBMISSION, value);
  }

  long adminCompletion() {
    return get64(ADMIN_COMPLETION);
  }

  void adminCompletion(long value) {
    put64(ADMIN_COMPLETION, value);
  }

  long interruptMask() {
    return get64(INTERRUPT_MASK);
  }

  void interruptMask(long value) {
    put64(INTERRUPT_MASK, value);
  }

  int latency() {
    return get32(LATENCY);
  }

  void latency(int turns) {
    put32(LATENCY, turns);
  }

  boolean isHeld() {
    return get32(HELD) != 0;
  }

  void held(boolean held) {
    put32(HELD, held ? 1 : 0);
  }

  /** The status that was planned for the next command, once; 0 for none. */
  int takeNextStatus() {
    int status = get32(NEXT_STATUS);
    put32(NEXT_STATUS, 0);
    return status;
  }

  void nextStatus(int status) {
    put32(NEXT_STATUS, status);
  }

  int underWay() {
    return get32(UNDER_WAY);
  }

  void countUnderWay(int change) {
    put32(UNDER_WAY, underWay() + change);
  }

  long taken() {
    return get64(TAKEN);
  }

  void countTaken() {
    put64(TAKEN, taken() + 1);
  }

  long clock() {
    return get64(CLOCK);
  }

  void tick() {
    put64(CLOCK, clock() + 1);
  }

  /** The next of a row of numbers below a bound that look random and are the same each time. */
  int random(int bound) {
    long next = get64(RANDOM) * 6364136223846793005L + 1442695040888963407L;
    put64(RANDOM, next);
    return (int) ((next >>> 33) % bound);
  }

  MemorySegment part(long at, long bytes) {
    return memory.asSlice(at, bytes);
  }

  int get32(long at) {
    return memory.get(ValueLayout.JAVA_INT_UNALIGNED, at);
  }

  void put32(long at, int value) {
    memory.set(ValueLayout.JAVA_INT_UNALIGNED, at, value);
  }

  long get64(long at) {
    return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
  }

  void put64(long at, long value) {
    memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at, value);
  }
}
