package io.holdfast.drivers.nvme;

import java.time.Duration;

/**
 * How a controller is used. Immutable; a session that is restored must be opened with the same
 * number of queues.
 *
 * @param queues how many queues {@link NvmeController#queue} offers, 1 to 16
 * @param entries how many entries a queue has, 2 to 256; it takes one command less. Where memory is
 *     fragmented, a queue has as many as fit a page; restored ones have as many as they had
 * @param interrupts whether {@link NvmeQueue#await} waits for MSI-X, or polls
 * @param timeout how long the controller may take to start, and a command of {@link NvmeNamespace}
 *     to end
 */
public record NvmeOptions(int queues, int entries, boolean interrupts, Duration timeout) {
  private static final int MOST_QUEUES = 16;

  public NvmeOptions {
    if (queues < 1 || queues > MOST_QUEUES) {
      throw new IllegalArgumentException("1 to " + MOST_QUEUES + " queues, not " + queues);
    }
    if (entries < 2 || entries > Slots.MOST) {
      throw new IllegalArgumentException("2 to " + Slots.MOST + " entries, not " + entries);
    }
    if (!timeout.isPositive()) {
      throw new IllegalArgumentException("no time at all: " + timeout);
    }
  }

  /** One queue of 256 entries, polled, 30 seconds. */
  public static NvmeOptions defaults() {
    return new NvmeOptions(1, Slots.MOST, false, Duration.ofSeconds(30));
  }

  /** With so many queues. */
  public NvmeOptions withQueues(int number) {
    return new NvmeOptions(number, entries, interrupts, timeout);
  }

  /** With queues of so many entries. */
  public NvmeOptions withEntries(int number) {
    return new NvmeOptions(queues, number, interrupts, timeout);
  }

  /** Waiting by MSI-X. */
  public NvmeOptions withInterrupts() {
    return new NvmeOptions(queues, entries, true, timeout);
  }

  /** With another time limit. */
  public NvmeOptions withTimeout(Duration limit) {
    return new NvmeOptions(queues, entries, interrupts, limit);
  }
}
