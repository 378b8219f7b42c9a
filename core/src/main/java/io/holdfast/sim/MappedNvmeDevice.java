package io.holdfast.sim;

import io.holdfast.sim.BarMapping.Register;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An {@link NvmeDevice} whose registers a driver maps, as it maps the real one's: a doorbell is a
 * store, and the controller looks at it later.
 *
 * <p>It looks at each system call and at each turn of the machine's clock. A driver that waits
 * without a call needs a clock that turns by itself ({@link SimulatedKernel#startClock}). Doorbells
 * read as ones; the MSI-X table, which is in the same BAR, is not there. INTMS and INTMC are not
 * seen to be written with what they hold.
 */
public final class MappedNvmeDevice extends NvmeDevice {
  /** What an unrung doorbell holds; no queue has that many entries. */
  private static final long UNRUNG = -1;

  @Override
  public Optional<BarMapping> mapping(int bar) {
    return bar == 0 ? Optional.of(new BarMapping.Polled(registers())) : Optional.empty();
  }

  /** A controller is enabled once its admin queues are set, and doorbells ring after that. */
  private static List<Register> registers() {
    List<Register> all = new ArrayList<>();
    for (int capabilityOrQueueBase : new int[] {0x00, 0x28, 0x30}) {
      all.add(new Register(capabilityOrQueueBase, Long.BYTES));
    }
    for (int word : new int[] {0x08, 0x24, 0x0c, 0x10, 0x1c, 0x14}) {
      all.add(new Register(word, Integer.BYTES));
    }
    for (int doorbell = 0; doorbell < 2 * NvmeState.QUEUES; doorbell++) {
      all.add(new Register(DOORBELLS + (long) doorbell * Integer.BYTES, Integer.BYTES));
    }
    return all;
  }

  @Override
  public long resting(int bar, long offset) {
    return offset >= DOORBELLS ? UNRUNG : held(offset);
  }
}
