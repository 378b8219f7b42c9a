package io.holdfast.drivers.nvme;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A disk's driver dies, again and again, with 32 commands outstanding, and its kernel is replaced
 * under it: what is on the disk is what its user wrote, and no command is lost or told of twice.
 */
class NvmeLivesTest extends DiskFixture {
  private static final int LIVES = 25;
  private Workload workload;
  private Random random;
  private boolean interrupts;

  @Override
  NvmeOptions options() {
    NvmeOptions options = super.options().withQueues(2);
    return interrupts ? options.withInterrupts() : options;
  }

  private void live(Outcome expected) {
    start();
    assertThat(session.report().outcome()).isEqualTo(expected);
    workload = new Workload(disk, session.ioas("disk"), random.nextLong(), true);
  }

  private void goOn() {
    int before = workload.inherited();
    workload.run(random.nextInt(200));
    assertThat(workload.repeated()).isLessThanOrEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void livesEndAndNothingIsLost(boolean byInterrupts) throws InterruptedException {
    interrupts = byInterrupts;
    long seed = System.nanoTime();
    System.out.println("NvmeLivesTest, seed " + seed);
    random = new Random(seed);
    live(Outcome.FIRST_START);
    model().setLatency(60);
    int inherited = 0;
    for (int life = 0; life < LIVES; life++) {
      goOn();
      switch (random.nextInt(6)) {
        case 0 -> {
          session.preserve(PreserveOptions.defaults().whileDevicesWrite());
          goOn(); // Up to the kexec.
          kexec();
          live(Outcome.RESTORED);
          assertThat(disk.isAdopted()).isFalse();
        }
        case 1 -> {
          disk.reset();
          assertThat(disk.queue(0).outstanding()).isPositive();
        }
        case 2 -> {
          model().breakDown();
          kill();
          live(Outcome.RESUMED);
          assertThat(disk.isAdopted()).isFalse();
        }
        case 3 -> {
          dieSomewhere();
          live(Outcome.RESUMED);
        }
        default -> {
          kill();
          for (int i = random.nextInt(40); i > 0; i--) {
            kernel.turn(); // The disk goes on while nobody is there.
          }
          boolean otherwise = random.nextInt(4) == 0;
          interrupts ^= otherwise;
          live(Outcome.RESUMED);
          assertThat(disk.isAdopted()).isEqualTo(!otherwise);
        }
      }
      inherited += workload.inherited();
    }
    assertThat(inherited).isPositive();
    workload.check();
    workload.compareWith(1, model().medium(1));
    workload.compareWith(2, model().medium(2));
    model().setLatency(0);
  }

  /** The process dies at a call: before or after a doorbell, or in the middle of a start. */
  private void dieSomewhere() {
    int left = random.nextInt(300);
    int[] calls = {0};
    host.faults(call ->
        call.name().equals("pwrite") && calls[0]++ == left
            ? random.nextBoolean() ? Fault.DIE_BEFORE : Fault.DIE_AFTER
            : Fault.NONE);
    try {
      workload.run(1000);
      host.faults(call -> Fault.NONE);
      kill();
    } catch (ProcessDied dead) {
      buried();
    }
  }

  /** Every call of a start is the process's last, once: after a kexec, and when it is resumed. */
  @Test
  void aStartThatIsCutShortIsTakenUpByTheNext() throws InterruptedException {
    random = new Random(1);
    live(Outcome.FIRST_START);
    model().setLatency(30);
    for (int number = 0, done = 0; done < 2; number++) {
      workload.run(5);
      session.preserve(PreserveOptions.defaults().whileDevicesWrite());
      kexec();
      int left = number * 3;
      done += cutShort(left) ? 0 : 1;
      live(Outcome.RESUMED);
    }
    workload.check();
    workload.compareWith(1, model().medium(1));
    model().setLatency(0);
  }

  /** Starts the driver, which dies at a register access after some; whether it did. */
  private boolean cutShort(int left) {
    openSession();
    int[] calls = {0};
    host.faults(
        call -> call.name().equals("pwrite") && calls[0]++ == left ? Fault.DIE_AFTER : Fault.NONE);
    try {
      disk = NvmeController.open(session, session.ioas("disk"), SLOT, options());
      host.faults(call -> Fault.NONE);
      kill();
      return false;
    } catch (ProcessDied dead) {
      buried();
      return true;
    }
  }
}
