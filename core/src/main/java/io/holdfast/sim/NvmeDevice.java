package io.holdfast.sim;

import io.holdfast.model.PciIdentity;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * An NVMe controller as QEMU's {@code nvme} (1b36:0010) shows itself: version 1.4, two namespaces,
 * 32 pairs of I/O queues of up to 256 entries, 65 MSI-X vectors.
 *
 * <p>Namespace 1 has 32 MiB in blocks of 512 bytes, namespace 2 16 MiB in blocks of 4096; what is
 * written outlives kexecs and cold boots. Admin commands: Identify, Create and Delete I/O Queue,
 * Set and Get Features (number of queues, and the volatile write cache), Abort, Asynchronous Event
 * Request. I/O commands: Read, Write, Flush, Dataset Management (deallocate: such blocks read as
 * zeroes). Queues have to be contiguous, pages are of 4 KiB, PRPs only. INTMS and INTMC read back,
 * and mask nothing.
 *
 * <p><b>Time.</b> As it comes, a command has ended when the doorbell's write returns. With {@link
 * #setLatency} it takes some turns of the machine's clock, each command another number of them, so
 * that they end in another order; each access of a register is such a turn, too. Writes may reach
 * the medium long before their completion is told. With {@link #hold} nothing ends at all. Where
 * the controller cannot read or write memory, because it is no bus master, it reports that it has
 * failed (CSTS.CFS).
 *
 * <p>What it does goes on over a kexec and the death of a process, until it is reset; all of its
 * queues and commands under way are in {@link DeviceBus#state()}.
 */
public sealed class NvmeDevice implements SimulatedDevice permits MappedNvmeDevice {
  /** How many vectors, as QEMU has it. */
  public static final int VECTORS = 65;

  private static final int BAR_BYTES = 0x4000;
  static final int DOORBELLS = 0x1000;

  /** 4 KiB pages and more, the NVM command set, 7.5 s, contiguous queues of 256 entries. */
  private static final long CAPABILITIES = 0x0040_0020_0f01_00ffL;

  private static final int VERSION = 0x0001_0400;

  private NvmeState state;
  private NvmeCommands commands;
  private NvmeMedium medium;

  /** Off until it is plugged in. */
  public NvmeDevice() {}

  @Override
  public PciIdentity identity() {
    return new PciIdentity(0x1b36, 0x0010, 0x1af4, 0x1100, 0x010802, 0x02, Optional.empty());
  }

  @Override
  public void connect(DeviceBus machine) {
    state = new NvmeState(machine.state());
    medium = new NvmeMedium(machine.storage());
    commands = new NvmeCommands(machine, state, medium);
  }

  @Override
  public long stateBytes() {
    return NvmeState.BYTES;
  }

  @Override
  public long storageBytes() {
    return NvmeMedium.BYTES;
  }

  @Override
  public long barBytes(int bar) {
    return bar == 0 ? BAR_BYTES : 0;
  }

  @Override
  public boolean hasMsi() {
    return false;
  }

  @Override
  public int msixVectors() {
    return VECTORS;
  }

  @Override
  public boolean isExpress() {
    return true;
  }

  @Override
  public boolean isResettable() {
    return true;
  }

  @Override
  public void reset() {
    state.reset();
  }

  /** The line, for a driver without MSI-X: a queue that interrupts has what was not taken yet. */
  @Override
  public boolean isInterrupting() {
    return commands.isInterrupting();
  }

  @Override
  public boolean turn() {
    return commands.turn();
  }

  /**
   * How long commands take from now on.
   *
   * @param turns each takes 1 up to this many turns of the clock; 0 for none
   */
  public void setLatency(int turns) {
    state.latency(turns);
  }

  /** From now on no command of an I/O queue ends, until it is called with false. */
  public void hold(boolean held) {
    state.held(held);
  }

  /** The controller fails, as of a fatal error: CSTS.CFS, and nothing is done until a reset. */
  public void breakDown() {
    state.fail();
  }

  /** The next I/O command ends with this status (code in bits 0 to 7, its type above). */
  public void failNext(int status) {
    state.nextStatus(status);
  }

  /** How many I/O commands are under way. */
  public int commandsUnderWay() {
    return state.underWay();
  }

  /** How many I/O commands have come so far, since the power came on. */
  public long commandsTaken() {
    return state.taken();
  }

  /** What a namespace holds, as the medium has it; 1 or 2. */
  public MemorySegment medium(int namespace) {
    return medium.namespace(namespace).asReadOnly();
  }

  @Override
  public long read(int bar, long offset, int sizeBytes) {
    commands.accessed();
    return held(offset);
  }

  /** What is at an offset, in the lowest bits. */
  final long held(long offset) {
    int at = (int) offset & ~7;
    long register = at < 0x40 ? register(at) : 0;
    return register >>> (8 * (offset - at));
  }

  /** The 64 bits at an offset. */
  private long register(int at) {
    return switch (at) {
      case 0x00 -> CAPABILITIES;
      case 0x08 -> VERSION | state.interruptMask() << 32;
      case 0x10 -> state.interruptMask() | (long) state.configuration() << 32;
      case 0x18 -> (long) state.statusSeen() << 32;
      case 0x20 -> (long) state.adminSizes() << 32;
      case 0x28 -> state.adminSubmission();
      case 0x30 -> state.adminCompletion();
      default -> 0;
    };
  }

  @Override
  public void write(int bar, long offset, int sizeBytes, long value) {
    commands.accessed();
    if (offset >= DOORBELLS) {
      if (sizeBytes == 4 && offset % 4 == 0) {
        int doorbell = (int) (offset - DOORBELLS) / 4;
        commands.ring(doorbell / 2, doorbell % 2 == 0, (int) value & 0xffff);
      }
      return;
    }
    long low = value & 0xffff_ffffL;
    switch ((int) offset) {
      case 0x0c -> state.interruptMask(state.interruptMask() | low);
      case 0x10 -> state.interruptMask(state.interruptMask() & ~low);
      case 0x14 -> configure((int) value);
      case 0x24 -> state.adminSizes((int) value);
      case 0x28 ->
          state.adminSubmission(sizeBytes == 8 ? value : merge(state.adminSubmission(), value, 0));
      case 0x2c -> state.adminSubmission(merge(state.adminSubmission(), value, 32));
      case 0x30 ->
          state.adminCompletion(sizeBytes == 8 ? value : merge(state.adminCompletion(), value, 0));
      case 0x34 -> state.adminCompletion(merge(state.adminCompletion(), value, 32));
      default -> {}
    }
  }

  private static long merge(long word, long half, int shift) {
    long mask = 0xffff_ffffL << shift;
    return (word & ~mask) | ((half << shift) & mask);
  }

  /** CC: enabling, disabling and shutting down. */
  private void configure(int value) {
    boolean wasEnabled = (state.configuration() & NvmeState.ENABLED) != 0;
    boolean enabled = (value & NvmeState.ENABLED) != 0;
    if (wasEnabled && !enabled) {
      state.disable();
    }
    state.configuration(value);
    if (!wasEnabled && enabled) {
      state.enable();
    }
    if ((value & NvmeState.SHUTDOWN) != 0) {
      state.shutDown();
    }
  }
}
