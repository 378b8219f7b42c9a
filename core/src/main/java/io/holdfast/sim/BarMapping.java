package io.holdfast.sim;

import java.util.List;

/** How a model's BAR can be mapped into a process. Immutable. */
public sealed interface BarMapping {
  /**
   * Plain memory without side effects: the process and the device see the same bytes, at once.
   *
   * @param stateOffset where in {@link DeviceBus#state()} the BAR's memory begins, a multiple of
   *     4096; what is there outlives a kexec
   */
  record Memory(long stateOffset) implements BarMapping {
    public Memory {
      if (stateOffset < 0 || stateOffset % PhysicalMemory.PAGE_BYTES != 0) {
        throw new IllegalArgumentException("memory begins at whole pages, not at " + stateOffset);
      }
    }
  }

  /**
   * Registers in memory that the device looks at: at each system call of any process, and when the
   * machine's clock turns ({@link SimulatedKernel#turn}). A register that holds something else than
   * the device has left there was written. What it is left with is {@link SimulatedDevice#resting}.
   *
   * <p>So a value that a register holds already is not seen to be written, and of several that are
   * written before the device looks it sees the last. What is written to memory that is no register
   * stays there, unheeded.
   *
   * @param registers in the order in which a driver writes them for them to take effect: where it
   *     has written two before the device looks, the one that stands first here comes first
   */
  record Polled(List<Register> registers) implements BarMapping {
    public Polled {
      registers = List.copyOf(registers);
    }
  }

  /**
   * A register.
   *
   * @param offset in the BAR, a multiple of its size
   * @param sizeBytes 4 or 8
   */
  record Register(long offset, int sizeBytes) {
    public Register {
      if ((sizeBytes != Integer.BYTES && sizeBytes != Long.BYTES) || offset % sizeBytes != 0) {
        throw new IllegalArgumentException("a register has 4 or 8 bytes, and is aligned");
      }
    }
  }
}
