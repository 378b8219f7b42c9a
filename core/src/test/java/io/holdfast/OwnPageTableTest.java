package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.DeviceState;
import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.SessionException;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import org.junit.jupiter.api.Test;

/** A page table that is one device's alone, in every life of a session that a holder keeps. */
class OwnPageTableTest extends KeptSessionFixture {
  private static final PciAddress PLAIN = PciAddress.parse("0000:00:05.0");
  private static final long IOVA = 0x100_0000;

  @Override
  SimulatedMachine machine() {
    return SimulatedMachine.standard()
        .withDevice(PLAIN, EduDevice.class)
        .withIommuPresent(true)
        .withIommuBypassedBy(PLAIN);
  }

  private static VfioDevice begin(LiveSession session) {
    VfioDevice device = session.bind(EDU, session.ioas("rings"));
    device.useOwnPageTable();
    fill(session.ioas("rings").buffer("ring", 3 * PAGE, MapOptions.defaults().at(IOVA)), 1);
    return device;
  }

  private static void check(LiveSession session, Outcome outcome) {
    assertThat(session.report().outcome()).isEqualTo(outcome);
    checkFill(session.ioas("rings").buffer("ring", 3 * PAGE), 1);
    assertThat(session.device(EDU).orElseThrow().hasOwnPageTable()).isTrue();
  }

  @Test
  void itIsMadeAndGivenUpWhileTheDeviceRuns() {
    LiveSession session = session(process());
    VfioDevice device = begin(session);
    device.enableBusMastering();
    device.useOwnPageTable();
    assertThat(device.hasOwnPageTable()).isTrue();
    device.useSharedPageTable();
    assertThat(device.hasOwnPageTable()).isFalse();
    assertThat(device.isBusMaster()).isTrue();
    device.useOwnPageTable();
    device.disableBusMastering();
    device.moveTo(session.ioas("other"));
    assertThat(device.hasOwnPageTable()).isTrue();
    assertThat(session.state().devices())
        .singleElement()
        .satisfies(each -> assertThat(each.ioas()).isEqualTo("other"))
        .satisfies(each -> assertThat(each.ownPageTable()).isTrue());
    device.close();
    // Nothing is left that would hold either IOAS: what is bound next has its pages to itself.
    VfioDevice again = session.bind(EDU, session.ioas("rings"));
    assertThat(again.hasOwnPageTable()).isFalse();
    again.close();
  }

  @Test
  void theNextProcessGoesOnWithIt() {
    SimulatedHost first = process();
    begin(session(first)).enableBusMastering();
    first.kill();
    LiveSession session = session(process());
    check(session, Outcome.RESUMED);
    VfioDevice device = session.device(EDU).orElseThrow();
    assertThat(device.isBusMaster()).isTrue();
    device.useSharedPageTable(); // Its id was recorded, so that it can be given up.
    device.useOwnPageTable();
    assertThat(device.hasOwnPageTable()).isTrue();
  }

  @Test
  void aDeviceWithoutAnIommuHasNone() {
    LiveSession session = session(process());
    VfioDevice device = session.bind(PLAIN, session.ioas("plain"));
    assertThatThrownBy(device::useOwnPageTable)
        .isInstanceOf(SessionException.class)
        .hasMessageContaining(PLAIN.toString())
        .hasMessageContaining("without an IOMMU");
    device.useSharedPageTable();
    assertThat(device.hasOwnPageTable()).isFalse();
    DeviceState state = session.state().devices().getFirst();
    assertThatThrownBy(() -> state.withOwnPageTable(true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("without an IOMMU");
  }

  @Test
  void whereTheKernelRefusesTheDeviceStaysAsItWas() {
    SimulatedHost host = process();
    LiveSession session = session(host);
    VfioDevice device = session.bind(EDU, session.ioas("rings"));
    for (String request : new String[] {"IOMMU_HWPT_ALLOC", "VFIO_DEVICE_ATTACH_IOMMUFD_PT"}) {
      host.fail(request, 1, Errno.ENOMEM);
      assertThatThrownBy(device::useOwnPageTable)
          .isInstanceOf(KernelException.class)
          .hasMessageContaining(request);
      assertThat(device.hasOwnPageTable()).isFalse();
    }
    device.useOwnPageTable();
    session.preserve();
    assertThatThrownBy(device::useSharedPageTable).isInstanceOf(SessionException.class);
    assertThat(device.hasOwnPageTable()).isTrue();
  }
}
