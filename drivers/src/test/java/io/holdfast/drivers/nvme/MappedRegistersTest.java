package io.holdfast.drivers.nvme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.DeviceRegion;
import io.holdfast.DmaBuffer;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.sim.MappedNvmeDevice;
import io.holdfast.sim.NvmeDevice;
import io.holdfast.sim.SimulatedClock;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The driver on a controller whose registers are mapped, as they are on a real machine: its
 * doorbells are stores, and the controller works at the same time as the driver.
 */
class MappedRegistersTest extends DiskFixture {
  private static final int LIVES = 12;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private SimulatedClock clock;
  private boolean interrupts;

  @Override
  Class<? extends NvmeDevice> modelClass() {
    return MappedNvmeDevice.class;
  }

  @Override
  NvmeOptions options() {
    NvmeOptions options = super.options().withQueues(2);
    return interrupts ? options.withInterrupts() : options;
  }

  @BeforeEach
  void startClock() {
    System.out.println("MappedRegistersTest, seed " + seed);
    clock = kernel.startClock();
  }

  @AfterEach
  void stopClock() {
    stop();
    clock.close();
  }

  private void whileItStandsStill(Runnable change) {
    clock.close();
    change.run();
    clock = kernel.startClock();
  }

  @Test
  void registersAreMemoryAndCommandsAreDone() {
    start();
    DeviceRegion registers = session.device(SLOT).orElseThrow().region(0);
    assertThat(registers.isMapped()).isTrue();
    assertThat(registers.get32(0x08)).as("version").isEqualTo(0x0001_0400);
    DmaBuffer data = buffer("data", 1 << 20);
    data.segment().fill((byte) 0x5a);
    disk.namespace(1).write(7, data.slice(512, 300 << 10));
    assertThat(
            model()
                .medium(1)
                .asSlice(7 * 512, 300 << 10)
                .mismatch(data.segment().asSlice(512, 300 << 10)))
        .isEqualTo(-1);
    data.segment().fill((byte) 0);
    disk.namespace(1).read(7, data.slice(0, 300 << 10));
    assertThat(data.segment().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0))
        .isEqualTo((byte) 0x5a);
  }

  @Test
  void aDoorbellThatWasRungBeforeTheProcessDiedHasRung() {
    start();
    DmaBuffer data = buffer("data", 4096);
    NvmeNamespace space = disk.namespace(1);
    whileItStandsStill(() -> {
      long taken = model().commandsTaken();
      disk.queue(0).write(space, 0, data.slice(0, 4096), 1);
      assertThat(model().commandsTaken()).as("nobody has looked yet").isEqualTo(taken);
      kill();
      assertThat(model().commandsTaken()).isEqualTo(taken + 1);
    });
  }

  @Test
  void theRegistersOfADeadProcessAreRefused() {
    start();
    DeviceRegion registers = session.device(SLOT).orElseThrow().region(0);
    kill();
    assertThatThrownBy(() -> registers.get32(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> registers.put32(0x1000, 1)).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void livesEndAndNothingIsLost(boolean byInterrupts) throws InterruptedException {
    interrupts = byInterrupts;
    Workload workload = live(Outcome.FIRST_START);
    whileItStandsStill(() -> model().setLatency(20));
    int inherited = 0;
    for (int life = 0; life < LIVES; life++) {
      workload.run(random.nextInt(200));
      switch (random.nextInt(4)) {
        case 0 -> {
          session.preserve(PreserveOptions.defaults().whileDevicesWrite());
          workload.run(random.nextInt(100));
          kexec();
          workload = live(Outcome.RESTORED);
        }
        case 1 -> disk.reset();
        case 2 -> {
          whileItStandsStill(() -> model().breakDown());
          kill();
          workload = live(Outcome.RESUMED);
          assertThat(disk.isAdopted()).isFalse();
        }
        default -> {
          kill();
          workload = live(Outcome.RESUMED);
          assertThat(disk.isAdopted()).isTrue();
        }
      }
      inherited += workload.inherited();
    }
    assertThat(inherited).isPositive();
    workload.check();
    workload.compareWith(1, model().medium(1));
    workload.compareWith(2, model().medium(2));
  }

  private Workload live(Outcome expected) {
    start();
    assertThat(session.report().outcome()).isEqualTo(expected);
    return new Workload(disk, session.ioas("disk"), random.nextLong(), true);
  }
}
