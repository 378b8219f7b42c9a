package io.holdfast.drivers.nvme;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HoldfastException;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.sys.Errno;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The N-th system call of a start, or of sending and polling, is refused, for many N: the driver
 * says so, and whether its process dies of that or goes on, nothing is lost.
 */
class FailNthTest extends DiskFixture {
  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private Workload workload;
  private int calls;

  @Override
  NvmeOptions options() {
    return super.options().withInterrupts();
  }

  private void live() {
    start();
    workload = new Workload(disk, session.ioas("disk"), random.nextLong(), true);
  }

  /** The call after so many others is refused, once. */
  private void refuse(int number) {
    calls = 0;
    host.faults(call -> calls++ == number ? Errno.EIO : 0);
  }

  /** Whether a call was refused; from now on none is. */
  private boolean refused(int number) {
    host.faults(call -> 0);
    return calls > number;
  }

  @Test
  void aStartThatMeetsARefusalIsRepeated() throws InterruptedException {
    System.out.println("FailNthTest, seed " + seed);
    live();
    model().setLatency(30);
    int failures = 0;
    for (boolean overKexec : new boolean[] {false, true}) {
      boolean reached = true;
      for (int number = 0; reached; number += 1 + random.nextInt(4)) {
        workload.run(2);
        if (overKexec) {
          session.preserve(PreserveOptions.defaults().whileDevicesWrite());
          kexec();
        } else {
          kill();
        }
        openSession();
        assertThat(session.report().outcome())
            .isEqualTo(overKexec ? Outcome.RESTORED : Outcome.RESUMED);
        refuse(number);
        try {
          disk = NvmeController.open(session, session.ioas("disk"), SLOT, options());
        } catch (HoldfastException refusal) {
          failures++;
          assertThat(refusal).hasMessageContaining("EIO");
        }
        reached = refused(number);
        kill();
        live();
      }
    }
    assertThat(failures).isGreaterThan(10);
    check();
  }

  @Test
  void commandsThatMeetARefusalAreNotLost() {
    System.out.println("FailNthTest, seed " + seed);
    live();
    model().setLatency(30);
    int failures = 0;
    for (int round = 0; round < 60; round++) {
      refuse(random.nextInt(200));
      try {
        workload.run(40);
      } catch (HoldfastException refusal) {
        failures++;
        assertThat(refusal).hasMessageContaining("EIO");
      }
      host.faults(call -> 0);
      switch (random.nextInt(3)) {
        case 0 -> disk.reset();
        case 1 -> {
          kill();
          live();
        }
        default -> {}
      }
    }
    assertThat(failures).isGreaterThan(10);
    check();
  }

  private void check() {
    workload.check();
    workload.compareWith(1, model().medium(1));
    workload.compareWith(2, model().medium(2));
    model().setLatency(0);
  }
}
