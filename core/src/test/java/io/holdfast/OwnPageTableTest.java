package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.DeviceState;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.SessionException;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import io.holdfast.testing.SimulatedHost;
import java.util.concurrent.atomic.AtomicInteger;
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
  void theIdOfOneThatIsGoneIsForgotten() {
    SimulatedHost first = process();
    begin(session(first));
    first.kill();
    SimulatedHost second = process();
    LiveSession session = session(second);
    session.device(EDU).orElseThrow().useSharedPageTable();
    session.ioas("new"); // The kernel gives it the lowest id that is free.
    second.kill();
    session = session(process());
    VfioDevice device = session.device(EDU).orElseThrow();
    assertThat(device.hasOwnPageTable()).isFalse();
    device.close();
    session.bind(EDU, session.ioas("new"));
    fill(session.ioas("new").buffer("ring", PAGE), 2);
  }

  /** Makes it, gives it up, makes it again and moves it. */
  private static void change(LiveSession session) {
    VfioDevice device = session.device(EDU).orElseThrow();
    device.useOwnPageTable();
    device.useSharedPageTable();
    device.useOwnPageTable();
    device.moveTo(session.ioas("other"));
  }

  @Test
  void whateverTheLastCallOfAProcessWas() {
    for (int dying : new int[] {Fault.DIE_BEFORE, Fault.DIE_AFTER}) {
      boolean died = true;
      for (int nth = 1; died; nth++) {
        SimulatedHost first = process();
        LiveSession session = session(first);
        session.bind(EDU, session.ioas("rings"));
        fill(session.ioas("rings").buffer("ring", PAGE, MapOptions.defaults().at(IOVA)), 1);
        AtomicInteger left = new AtomicInteger(nth);
        first.faults(call ->
            call.name().equals("ioctl") && left.decrementAndGet() == 0 ? dying : Fault.NONE);
        try {
          change(session);
        } catch (ProcessDied | HoldfastException | IllegalStateException dead) {
          assertThat(left.get()).as("died by itself: %s", dead).isNotPositive();
        }
        died = left.get() <= 0;
        first.close();
        checkAfterDeath(session(process()), "call %d, fault %d".formatted(nth, dying));
        assertThat(kernel.pinnedMemoryBytes()).isZero();
      }
    }
  }

  /** It is what the session says, whatever that is: it can be given up, made, and closed. */
  private static void checkAfterDeath(LiveSession session, String when) {
    assertThat(session.report().outcome()).as(when).isEqualTo(Outcome.RESUMED);
    checkFill(session.ioas("rings").buffer("ring", PAGE), 1);
    for (VfioDevice device : session.devices()) {
      device.useSharedPageTable();
      device.useOwnPageTable();
      device.close();
    }
    session.bind(EDU, session.ioas("rings")).useOwnPageTable();
    session.discard();
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
