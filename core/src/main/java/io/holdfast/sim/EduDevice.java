package io.holdfast.sim;

import io.holdfast.model.PciIdentity;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * QEMU's teaching device {@code edu} (1234:11e8), as its specification describes it ({@code
 * docs/specs/edu.rst}).
 *
 * <p>One BAR of 1 MiB: identification at 0x00, liveness at 0x04, factorial at 0x08, status at 0x20,
 * interrupt status at 0x24, raise at 0x60, acknowledge at 0x64; DMA source at 0x80, destination at
 * 0x88, count at 0x90, command at 0x98 (bit 0 start, bit 1 from the device to memory, bit 2
 * interrupt when done). Its buffer of 4096 bytes is at device address 0x40000. It cannot be reset.
 * A transfer, and a factorial, is done when the write that started it returns.
 */
public final class EduDevice implements SimulatedDevice {
  private static final long IDENTIFICATION = 0x010000ed;
  private static final int BUFFER_START = 0x40000;
  private static final int BUFFER_BYTES = 4096;
  private static final int START = 1;
  private static final int TO_MEMORY = 2;
  private static final int INTERRUPT = 4;
  private static final int STATUS_INTERRUPT = 0x80;
  private static final int FACTORIAL_DONE = 1;
  private static final int DMA_DONE = 0x100;

  /** From here on, every factorial is a multiple of 2^32. */
  private static final int ZERO_FACTORIAL = 34;

  private static final long LIVENESS_AT = BUFFER_BYTES;
  private static final long FACTORIAL_AT = LIVENESS_AT + 8;
  private static final long STATUS_AT = FACTORIAL_AT + 8;
  private static final long PENDING_AT = STATUS_AT + 8;
  private static final long SOURCE_AT = PENDING_AT + 8;
  private static final long DESTINATION_AT = SOURCE_AT + 8;
  private static final long COUNT_AT = DESTINATION_AT + 8;
  private static final long COMMAND_AT = COUNT_AT + 8;
  private static final long STATE_BYTES = COMMAND_AT + 8;

  private DeviceBus bus;

  @Override
  public PciIdentity identity() {
    return new PciIdentity(0x1234, 0x11e8, 0x1af4, 0x1100, 0x00ff00, 0x10, Optional.empty());
  }

  @Override
  public void connect(DeviceBus machine) {
    bus = machine;
  }

  @Override
  public long stateBytes() {
    return STATE_BYTES;
  }

  @Override
  public long barBytes(int bar) {
    return bar == 0 ? 1 << 20 : 0;
  }

  @Override
  public boolean isInterrupting() {
    return get(PENDING_AT) != 0;
  }

  @Override
  public long read(int bar, long offset, int sizeBytes) {
    if (sizeBytes < 4) {
      return 0; // the bus refuses what is narrower, and the device never sees it
    }
    if (!isRegister(offset, sizeBytes)) {
      return -1L;
    }
    return switch ((int) offset) {
      case 0x00 -> IDENTIFICATION;
      case 0x04 -> get(LIVENESS_AT);
      case 0x08 -> get(FACTORIAL_AT);
      case 0x20 -> get(STATUS_AT);
      case 0x24 -> get(PENDING_AT);
      case 0x80 -> get(SOURCE_AT);
      case 0x88 -> get(DESTINATION_AT);
      case 0x90 -> get(COUNT_AT);
      case 0x98 -> get(COMMAND_AT);
      default -> -1L;
    };
  }

  @Override
  public void write(int bar, long offset, int sizeBytes, long value) {
    if (!isRegister(offset, sizeBytes)) {
      return;
    }
    long word = sizeBytes == 4 ? value & 0xffff_ffffL : value;
    switch ((int) offset) {
      case 0x04 -> set(LIVENESS_AT, ~word & 0xffff_ffffL);
      case 0x08 -> factorial((int) word);
      case 0x20 -> set(STATUS_AT, word & STATUS_INTERRUPT);
      case 0x60 -> raise((int) word);
      case 0x64 -> set(PENDING_AT, get(PENDING_AT) & ~word);
      case 0x80 -> set(SOURCE_AT, word);
      case 0x88 -> set(DESTINATION_AT, word);
      case 0x90 -> set(COUNT_AT, word);
      case 0x98 -> command(word);
      default -> {}
    }
  }

  /** Registers below 0x80 are 32 bits wide, those above 32 or 64. */
  private static boolean isRegister(long offset, int sizeBytes) {
    return sizeBytes == 4 || (sizeBytes == 8 && offset >= 0x80);
  }

  private void factorial(int of) {
    int product = 1;
    for (int i = Integer.compareUnsigned(of, ZERO_FACTORIAL) < 0 ? of : ZERO_FACTORIAL;
        i > 0;
        i--) {
      product *= i;
    }
    set(FACTORIAL_AT, product & 0xffff_ffffL);
    if ((get(STATUS_AT) & STATUS_INTERRUPT) != 0) {
      raise(FACTORIAL_DONE);
    }
  }

  private void raise(int bits) {
    set(PENDING_AT, get(PENDING_AT) | (bits & 0xffff_ffffL));
    if (bits != 0) {
      bus.interrupt();
    }
  }

  private void command(long command) {
    if ((command & START) != 0) {
      transfer((command & TO_MEMORY) != 0);
      if ((command & INTERRUPT) != 0) {
        raise(DMA_DONE);
      }
    }
    set(COMMAND_AT, command & ~START);
  }

  private void transfer(boolean toMemory) {
    long source = get(SOURCE_AT);
    long destination = get(DESTINATION_AT);
    long count = get(COUNT_AT);
    long inside = toMemory ? source : destination;
    if (count < 0 || inside < BUFFER_START || inside + count > BUFFER_START + BUFFER_BYTES) {
      return;
    }
    MemorySegment buffer = bus.state().asSlice(inside - BUFFER_START, count);
    if (toMemory) {
      bus.dmaWrite(destination, buffer);
    } else {
      bus.dmaRead(source, buffer);
    }
  }

  private long get(long at) {
    return bus.state().get(ValueLayout.JAVA_LONG_UNALIGNED, at);
  }

  private void set(long at, long value) {
    bus.state().set(ValueLayout.JAVA_LONG_UNALIGNED, at, value);
  }
}
