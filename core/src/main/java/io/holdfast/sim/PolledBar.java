package io.holdfast.sim;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * A BAR whose registers are mapped into processes, as the device looks at it. See {@link
 * BarMapping.Polled}. Guarded by the kernel's lock; processes write to the memory at any time.
 */
final class PolledBar {
  private static final VarHandle INTS = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle LONGS = ValueLayout.JAVA_LONG.varHandle();

  private final SimulatedDevice device;
  private final int bar;
  private final MemorySegment memory;
  private final List<BarMapping.Register> registers;
  private final long[] left;
  private final long[] seen;

  PolledBar(
      SimulatedDevice device, int bar, MemorySegment memory, List<BarMapping.Register> registers) {
    this.device = device;
    this.bar = bar;
    this.memory = memory;
    this.registers = registers;
    this.left = new long[registers.size()];
    this.seen = new long[registers.size()];
    for (int i = 0; i < left.length; i++) {
      left[i] = resting(i);
      set(i, left[i]);
    }
  }

  private long resting(int index) {
    BarMapping.Register register = registers.get(index);
    long value = device.resting(bar, register.offset());
    return register.sizeBytes() == Integer.BYTES ? (int) value : value;
  }

  private long get(int index) {
    BarMapping.Register register = registers.get(index);
    return register.sizeBytes() == Integer.BYTES
        ? (int) INTS.getAcquire(memory, register.offset())
        : (long) LONGS.getAcquire(memory, register.offset());
  }

  private void set(int index, long value) {
    BarMapping.Register register = registers.get(index);
    if (register.sizeBytes() == Integer.BYTES) {
      INTS.setRelease(memory, register.offset(), (int) value);
    } else {
      LONGS.setRelease(memory, register.offset(), value);
    }
  }

  private boolean replace(int index, long expected, long value) {
    BarMapping.Register register = registers.get(index);
    return register.sizeBytes() == Integer.BYTES
        ? INTS.compareAndSet(memory, register.offset(), (int) expected, (int) value)
        : LONGS.compareAndSet(memory, register.offset(), expected, value);
  }

  /** Whether a register was written since the device last looked; it has taken that in now. */
  boolean look() {
    // Read from the last to the first: whoever sees a write sees those that came before it.
    for (int i = seen.length - 1; i >= 0; i--) {
      seen[i] = get(i);
    }
    boolean written = false;
    for (int i = 0; i < seen.length; i++) {
      if (seen[i] != left[i]) {
        BarMapping.Register register = registers.get(i);
        device.write(bar, register.offset(), register.sizeBytes(), bits(i));
        written = true;
      }
    }
    for (int i = 0; i < seen.length; i++) {
      long rests = resting(i);
      // Where this fails the register was written meanwhile, which the next look sees.
      left[i] = rests == seen[i] || replace(i, seen[i], rests) ? rests : seen[i];
    }
    return written;
  }

  private long bits(int index) {
    return registers.get(index).sizeBytes() == Integer.BYTES
        ? seen[index] & 0xffff_ffffL
        : seen[index];
  }
}
