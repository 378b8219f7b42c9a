package io.holdfast.drivers.nvme;

import io.holdfast.VfioDevice;
import io.holdfast.drivers.nvme.StatePages.Stage;
import java.util.List;

/**
 * Starts the controller, or goes on with one that runs: the same code for a first start, for a new
 * process, after a kexec and after a failure.
 *
 * <p>Each step can be the process's last. The {@link Stage} is written before a step that the next
 * process could not tell from the rings themselves.
 */
final class Startup {
  private final VfioDevice device;
  private final Registers registers;
  private final StatePages pages;
  private final AdminCommands admin;
  private final QueuePair adminPair;
  private final List<QueuePair> pairs;
  private final boolean interrupts;

  /**
   * Of a controller.
   *
   * @param pairs the I/O queues; the first is never interrupted for
   */
  Startup(
      VfioDevice device,
      Registers registers,
      StatePages pages,
      AdminCommands admin,
      QueuePair adminPair,
      List<QueuePair> pairs,
      boolean interrupts) {
    this.device = device;
    this.registers = registers;
    this.pages = pages;
    this.admin = admin;
    this.adminPair = adminPair;
    this.pairs = pairs;
    this.interrupts = interrupts;
  }

  /**
   * Begins.
   *
   * @param resumed whether the controller may have run on since the last process, with these rings
   * @return whether it had
   */
  boolean begin(boolean resumed) {
    boolean runs =
        resumed
            && pages.stage() == Stage.RUNNING
            && device.isBusMaster()
            && pairs.getLast().slots().interrupts() == interrupts
            && registers.isRunningWith(
                adminPair.submissionAddress(), adminPair.completionAddress(), adminPair.entries());
    if (!runs) {
      restart();
      return false;
    }
    adminPair.adopt();
    admin.finishOthers();
    pairs.forEach(QueuePair::adopt);
    return true;
  }

  /** Stops the controller, starts it with empty rings, and sends again what is outstanding. */
  void restart() {
    if (pages.stage() == Stage.RUNNING) {
      pages.stage(Stage.STOPPING);
    }
    stop();
    if (pages.stage() == Stage.STOPPING) {
      pairs.forEach(QueuePair::harvest);
    }
    pages.nextGeneration();
    pairs.forEach(QueuePair::empty);
    adminPair.forget();
    adminPair.empty();
    start();
    pages.stage(Stage.RUNNING);
    pairs.forEach(QueuePair::adopt);
  }

  /** Whatever it was doing, it does nothing any more. */
  private void stop() {
    try {
      registers.disable();
    } catch (NvmeException unwilling) {
      resetFunction(unwilling);
      registers.disable();
    }
    if (registers.hasFailed() && device.canReset()) {
      device.reset();
    }
  }

  private void resetFunction(NvmeException because) {
    if (!device.canReset()) {
      throw because;
    }
    device.reset();
  }

  private void start() {
    device.enableBusMastering();
    if (!interrupts) {
      registers.maskLine();
    }
    registers.enable(
        adminPair.submissionAddress(), adminPair.completionAddress(), adminPair.entries());
    admin.requestQueues(pairs.size());
    for (QueuePair each : pairs) {
      boolean interrupted = interrupts && each != pairs.getFirst();
      each.slots().interrupts(interrupted);
      admin.create(each, interrupted ? NvmeController.vector(each) : -1);
    }
  }
}
