package io.holdfast.drivers.nvme;

import io.holdfast.Interrupt;
import java.time.Duration;

/** Waits for completions: by polling, or by an interrupt. */
final class Patience {
  /** How often a ring is looked at in vain before the controller is asked whether it is well. */
  private static final int LOOKS = 256;

  /** How long an interrupt is waited for before the controller is asked. */
  private static final Duration STRETCH = Duration.ofSeconds(1);

  private final Registers registers;

  Patience(Registers registers) {
    this.registers = registers;
  }

  /**
   * Waits until a handler was told of one command at least.
   *
   * @param interrupt what to wait for, or null to poll
   * @return of how many it was told; 0 when the time is up, or nothing is outstanding
   * @throws NvmeException if the controller has failed
   */
  int await(QueuePair pair, NvmeHandler handler, Interrupt interrupt, long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    int looks = 0;
    while (true) {
      int told = pair.poll(handler);
      if (told > 0 || pair.outstanding() == 0) {
        return told;
      }
      if (interrupt == null && ++looks % LOOKS != 0) {
        Thread.onSpinWait();
        continue;
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return 0;
      }
      requireWorking();
      if (interrupt != null) {
        interrupt.await(left < STRETCH.toNanos() ? Duration.ofNanos(left) : STRETCH);
      }
    }
  }

  /**
   * Waits until nothing is outstanding.
   *
   * @throws NvmeTimeoutException when the time is up
   */
  void drain(QueuePair pair, NvmeHandler handler, Interrupt interrupt, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (pair.outstanding() > 0) {
      if (await(pair, handler, interrupt, deadline - System.nanoTime()) == 0
          && pair.outstanding() > 0) {
        throw new NvmeTimeoutException(
            "%d commands of queue %d".formatted(pair.outstanding(), pair.id()),
            limit,
            "reset the controller: it is started anew, and they are sent again");
      }
    }
  }

  void requireWorking() {
    if (registers.hasFailed()) {
      throw new NvmeException(
          "the controller has failed", "reset it: what is outstanding is sent again");
    }
  }
}
