package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.model.HoldfastException;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.StoreReport;
import io.holdfast.sim.KexecMode;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A call by which a resume finds out what a descriptor is fails: the refusal names that, what the
 * store keeps is not taken for something else, and the next try resumes.
 */
class ResumeFaultsTest extends KeptSessionFixture {
  private LiveSession driver(SimulatedHost host) {
    LiveSession session = session(host);
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    fill(rings.buffer("ring", 3 * PAGE), 1);
    device.enableBusMastering();
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    return session;
  }

  @ParameterizedTest
  @CsvSource({
    "readLink, 13, EACCES",
    "listFolder, 24, EMFILE",
    "statx, 12, ENOMEM",
    "VFIO_DEVICE_GET_INFO, 19, ENODEV",
    "VFIO_DEVICE_ATTACH_IOMMUFD_PT, 12, ENOMEM",
    "pread, 12, ENOMEM"
  })
  void aFailedLookIsNamedAndLosesNothing(String call, int errno, String name) {
    SimulatedHost first = process();
    driver(first);
    first.kill();
    int kept = holder.kept();
    int refused = 0;
    for (int nth = 1; nth < 200; nth++) {
      SimulatedHost next = process().fail(call, nth, errno);
      try (SimulatedHost _ = next) {
        LiveSession session = session(next);
        assertThat(session.report().outcome()).as("%s %d", call, nth).isEqualTo(Outcome.RESUMED);
        session.leave();
      } catch (HoldfastException refusal) {
        refused++;
        assertThat(refusal).as("%s %d", call, nth).hasStackTraceContaining(name);
        assertThat(next.openDescriptors()).as("%s %d", call, nth).isZero();
      }
      assertThat(holder.kept()).as("%s %d", call, nth).isEqualTo(kept);
    }
    assertThat(refused).isPositive();
    LiveSession session = session(process());
    checkFill(session.ioas("rings").buffer("ring", 3 * PAGE), 1);
    assertThat(session.device(EDU).orElseThrow().isBusMaster()).isTrue();
    assertThat(session.isPreserved()).isTrue();
  }

  @Test
  void aDeviceThatCannotBeGivenBackKeepsItsBuffersPinned() {
    SimulatedHost first = process();
    driver(first).cancelPreserve();
    first.kill();
    SimulatedHost second = process();
    LiveSession session = session(second);
    DmaBuffer ring = session.ioas("rings").buffer("ring", 3 * PAGE);
    long address = ring.physicalAddress(0);
    // Neither into the file that is there nor into a fresh one.
    second.failDisk(FaultInjectingDisk.Operation.WRITE, 1, "Input/output error");
    second.failDisk(FaultInjectingDisk.Operation.RENAME, 1, "Input/output error");
    VfioDevice device = session.device(EDU).orElseThrow();
    assertThatThrownBy(device::close).hasMessageContaining("Input/output error");
    assertThat(ring.physicalAddress(0)).isEqualTo(address);
    device.close();
    assertThatThrownBy(() -> ring.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aMovedDeviceIsResumedWhereItWasMovedTo() {
    SimulatedHost first = process();
    LiveSession moving = driver(first);
    moving.cancelPreserve();
    VfioDevice device = moving.device(EDU).orElseThrow();
    device.disableBusMastering();
    device.moveTo(moving.ioas("other"));
    fill(moving.ioas("other").buffer("log", PAGE), 2);
    long address = moving.ioas("other").buffer("log", PAGE).physicalAddress(0);
    first.kill();
    LiveSession session = session(process());
    assertThat(session.report().outcome()).isEqualTo(Outcome.RESUMED);
    assertThat(session.device(EDU).orElseThrow().ioas().name()).isEqualTo("other");
    DmaBuffer log = session.ioas("other").buffer("log", PAGE);
    assertThat(log.physicalAddress(0)).isEqualTo(address);
    checkFill(log, 2);
    session.device(EDU).orElseThrow().moveTo(session.ioas("rings"));
    checkFill(session.ioas("rings").buffer("ring", 3 * PAGE), 1);
  }

  @Test
  void discardingASessionDoesNotDependOnWhoTheHolderIs() {
    SimulatedHost host = process();
    LiveSession session = driver(host);
    host.fail("getsockopt", 1, Errno.ENOMEM);
    session.discard();
    assertThat(host.openDescriptors()).isZero();
    assertThat(holder.kept()).isZero();
  }

  /** The holder cannot be told to let go of what it has, and has not all of it. */
  @Test
  void aSessionThatGaveItsStoreUpAndWasClosedStartsAfresh() {
    SimulatedHost host = process();
    LiveSession session = session(host);
    Ioas rings = session.ioas("rings");
    host.fail("sendmsg", 1, Errno.EIO);
    session.bind(EDU, rings);
    assertThat(session.store().kind()).isEqualTo(StoreReport.Kind.NONE);
    assertThat(holder.kept()).isPositive();
    session.close();
    LiveSession next = session(process());
    assertThat(next.report().outcome()).isEqualTo(Outcome.PROCESS_RESTARTED);
    assertThat(holder.kept()).isLessThanOrEqualTo(1);
    next.close();
    assertThat(holder.kept()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRestoreThatCouldNotBeFinishedIsTriedAgain(boolean byAnotherProcess)
      throws InterruptedException {
    SimulatedHost first = process();
    driver(first).leave();
    first.kill();
    kernel.kexec(KexecMode.FILE);
    stopHolder();
    startHolder(1000);
    SimulatedHost second = process().fail("LIVEUPDATE_SESSION_FINISH", 1, Errno.EBUSY);
    assertThatThrownBy(() -> session(second)).hasStackTraceContaining("EBUSY");
    if (byAnotherProcess) {
      second.kill();
    }
    LiveSession restored = session(byAnotherProcess ? process() : second);
    assertThat(restored.report().outcome()).isEqualTo(Outcome.RESTORED);
    assertThat(restored.report().generation()).isEqualTo(1);
    checkFill(restored.ioas("rings").buffer("ring", 3 * PAGE), 1);
  }

  /** What cannot be looked at may be all that is left of the session. */
  @Test
  void aKeptLiveUpdateSessionThatCannotBeLookedAtIsNotLost() throws InterruptedException {
    SimulatedHost first = process();
    driver(first).leave();
    first.kill();
    kexecIntoAnotherHolder("kept/nic0/session");
    boolean refused = false;
    for (int nth = 1; nth < 8; nth++) {
      SimulatedHost next = process().fail("readLink", nth, Errno.EACCES);
      try {
        assertThat(session(next).report().outcome()).isIn(Outcome.RESTORED, Outcome.RESUMED);
        next.kill();
      } catch (HoldfastException refusal) {
        refused = true;
        assertThat(refusal).hasStackTraceContaining("EACCES");
        next.kill();
      }
    }
    assertThat(refused).isTrue();
    checkFill(session(process()).ioas("rings").buffer("ring", 3 * PAGE), 1);
  }
}
