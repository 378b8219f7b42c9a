package io.holdfast.drivers.edu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.KernelException;
import io.holdfast.session.RestoreException;
import io.holdfast.sim.DmaTransfer;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a driver is tested: on a simulated machine, through what the real one does rarely. */
class CopyEngineTest {
  @TempDir Path folder;
  private SimulatedHost host;

  @BeforeEach
  void switchOn() {
    SimulatedMachine machine =
        SimulatedMachine.standard()
            .withMemoryBytes(16 << 20)
            .withSinglePagePercent(80) // How fragmented its memory is.
            .withSeed(1);
    host = SimulatedHost.open(folder.resolve("machine"), machine);
  }

  @AfterEach
  void switchOff() {
    assertThat(host.violations())
        .as("memory the device touched that is not its driver's")
        .isEmpty();
    host.close();
  }

  private CopyEngine start() {
    return new CopyEngine(host, folder.resolve("state"), SimulatedMachine.EDU_ADDRESS);
  }

  @Test
  void theDeviceCopies() {
    requireThatItCopies();
  }

  private void requireThatItCopies() {
    try (CopyEngine engine = start()) {
      engine.input().setString(0, "by the device itself", UTF_8);
      engine.copy(64);
      assertThat(engine.output().getString(0, UTF_8)).isEqualTo("by the device itself");
      assertThat(host.transfers()).extracting(DmaTransfer::toMemory).containsExactly(false, true);
    }
  }

  @Test
  void afterALiveUpdateItGoesOnWhereItWas() {
    requireThatItGoesOnAfterALiveUpdate();
  }

  private void requireThatItGoesOnAfterALiveUpdate() {
    CopyEngine before = start();
    before.input().setString(0, "written before the kexec", UTF_8);
    before.prepareForLiveUpdate();
    host.kexec(); // Kills the process, as a kexec kills every process.

    try (CopyEngine after = start()) {
      assertThat(after.isRestored()).isTrue();
      after.copy(64);
      assertThat(after.output().getString(0, UTF_8)).isEqualTo("written before the kexec");
    }
  }

  @Test
  void behindAnIommuItIsTheSame() {
    host.close();
    host =
        SimulatedHost.open(
            folder.resolve("other"), SimulatedMachine.standard().withIommuPresent(true));
    requireThatItCopies();
    requireThatItGoesOnAfterALiveUpdate();
  }

  @Test
  void afterAColdBootItStartsAfresh() {
    CopyEngine before = start();
    before.input().setString(0, "lost", UTF_8);
    before.prepareForLiveUpdate();
    host.coldBoot();

    try (CopyEngine after = start()) {
      assertThat(after.isRestored()).isFalse();
      assertThat(after.input().getString(0, UTF_8)).isEmpty();
    }
  }

  @Test
  void aRefusedCallIsAnExceptionThatSaysWhatToDo() {
    host.fail("IOMMU_IOAS_MAP_FILE", 2, Errno.ENOMEM); // The second buffer cannot be pinned.
    assertThatThrownBy(this::start)
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("ENOMEM")
        .hasMessageContaining("of IOAS")
        .hasMessageContaining("free some and try again");
  }

  @Test
  void aRestoreThatFailsCanBeTriedAgain() {
    CopyEngine before = start();
    before.input().setString(0, "still there", UTF_8);
    before.prepareForLiveUpdate();
    host.kexec();

    host.fail("VFIO_DEVICE_BIND_IOMMUFD", 1, Errno.EBUSY);
    assertThatThrownBy(this::start).isInstanceOf(RestoreException.class);
    try (CopyEngine after = start()) {
      assertThat(after.input().getString(0, UTF_8)).isEqualTo("still there");
    }
  }

  @Test
  void withoutItsDeviceNothingIsHandedOut() {
    start().prepareForLiveUpdate();
    host.unplug(SimulatedMachine.EDU_ADDRESS);
    host.kexec();
    assertThatThrownBy(this::start)
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("is not there");
  }
}
