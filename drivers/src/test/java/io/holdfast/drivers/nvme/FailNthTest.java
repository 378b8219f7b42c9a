package io.holdfast.drivers.nvme;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HoldfastException;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each thing that the driver does, with 32 commands outstanding, and its N-th system call refused,
 * or the last one of its process, for every N. The driver says so and does it again, or another
 * process goes on: no command is lost or told of twice, the disk holds what its user wrote, and
 * {@link DiskFixture} finds nothing left.
 */
class FailNthTest extends DiskFixture {
  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private Workload workload;
  private int calls;

  /** What is done while a call meets its fate. */
  enum Scene {
    FIRST_START,
    START_IN_A_NEW_PROCESS,
    START_AFTER_A_KEXEC,
    RESET,
    COMMANDS,
    PRESERVE
  }

  @Override
  NvmeOptions options() {
    return super.options().withInterrupts();
  }

  @BeforeEach
  void say() {
    System.out.println("FailNthTest, seed " + seed);
  }

  @ParameterizedTest
  @EnumSource(Scene.class)
  void everyRefusedCallIsSaidAndTheDriverGoesOn(Scene scene) throws InterruptedException {
    everyNumber(scene, Errno.EIO);
  }

  @ParameterizedTest
  @EnumSource(Scene.class)
  void theProcessMayDieAfterEveryCall(Scene scene) throws InterruptedException {
    everyNumber(scene, Fault.DIE_AFTER);
  }

  private void everyNumber(Scene scene, int fate) throws InterruptedException {
    model().setLatency(30);
    if (scene != Scene.FIRST_START) {
      live();
    }
    int number = 0;
    while (meets(scene, number, fate)) {
      number++;
    }
    assertThat(number).as("calls").isGreaterThan(10);
    if (scene != Scene.FIRST_START) {
      workload.check();
      workload.compareWith(1, model().medium(1));
      workload.compareWith(2, model().medium(2));
    }
    model().setLatency(0);
  }

  private void live() {
    start();
    use();
  }

  private void use() {
    workload = new Workload(disk, session.ioas("disk"), random.nextLong(), true);
  }

  /** Does it, once, with a fate for one call; whether it got as far as that call. */
  private boolean meets(Scene scene, int number, int fate) throws InterruptedException {
    prepare(scene);
    calls = 0;
    host.faults(call -> calls++ == number ? fate : Fault.NONE);
    try {
      act(scene);
      assertThat(calls > number && fate == Fault.DIE_AFTER).as("died at call %d", number).isFalse();
      host.faults(call -> Fault.NONE);
    } catch (HoldfastException refusal) {
      assertThat(refusal).hasMessageContaining("EIO");
      host.faults(call -> Fault.NONE);
      repeat(scene);
    } catch (ProcessDied dead) {
      buried();
      live();
    }
    goOn(scene);
    return calls > number;
  }

  private void prepare(Scene scene) throws InterruptedException {
    switch (scene) {
      case FIRST_START -> openSession();
      case START_IN_A_NEW_PROCESS -> {
        workload.run(2);
        kill();
        openSession();
        assertThat(session.report().outcome()).isEqualTo(Outcome.RESUMED);
      }
      case START_AFTER_A_KEXEC -> {
        workload.run(2);
        session.preserve(PreserveOptions.defaults().whileDevicesWrite());
        kexec();
        openSession();
        assertThat(session.report().outcome()).isEqualTo(Outcome.RESTORED);
      }
      default -> workload.run(2);
    }
  }

  private void act(Scene scene) {
    switch (scene) {
      case FIRST_START, START_IN_A_NEW_PROCESS, START_AFTER_A_KEXEC -> open();
      case RESET -> disk.reset();
      case COMMANDS -> workload.run(20);
      case PRESERVE -> session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    }
  }

  private void open() {
    if (disk == null) { // Else what was refused was its user's memory.
      disk = NvmeController.open(session, session.ioas("disk"), SLOT, options());
    }
    use();
  }

  /** What was refused is done again, in this process or in another. */
  private void repeat(Scene scene) {
    if (random.nextInt(3) == 0) {
      kill();
      live();
    } else if (scene == Scene.COMMANDS) {
      disk.reset(); // A doorbell that was not rung rings with the next command, or never.
    } else {
      act(scene);
    }
  }

  private void goOn(Scene scene) throws InterruptedException {
    if (scene == Scene.PRESERVE) {
      if (!session.isPreserved()) {
        session.preserve(PreserveOptions.defaults().whileDevicesWrite());
      }
      workload.run(2); // Up to the kexec.
      kexec();
      live();
    } else if (scene == Scene.FIRST_START) {
      disk.namespace(1).flush();
      stop();
    }
  }
}
