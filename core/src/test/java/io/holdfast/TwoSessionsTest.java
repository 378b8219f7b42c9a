package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.PciAddress;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.ResettableDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of two sessions with a device each, one does not come back: the other does, and it is told. */
class TwoSessionsTest {
  private static final PciAddress FIRST = SimulatedMachine.EDU_ADDRESS;
  private static final PciAddress SECOND = PciAddress.parse("0000:00:05.0");

  @TempDir Path directory;

  /** What is not kept is collected, and leaves its lock. */
  private final List<LiveSession> preserved = new ArrayList<>();

  private SimulatedHost host;
  private long firstAddress;
  private long secondAddress;

  @BeforeEach
  void preserveBoth() {
    SimulatedMachine machine = SimulatedMachine.standard().withDevice(SECOND, EduDevice.class);
    host = SimulatedHost.open(directory.resolve("machine"), machine);
    firstAddress = preserve("nic0", FIRST, 7);
    secondAddress = preserve("nic1", SECOND, 8);
  }

  @AfterEach
  void switchOff() {
    assertThat(host.violations()).isEmpty();
    host.close();
  }

  private LiveSession open(String name) {
    return LiveSession.openOrRestore(host, name, directory.resolve("state"));
  }

  private long preserve(String name, PciAddress device, int value) {
    LiveSession session = open(name);
    preserved.add(session);
    Ioas rings = session.ioas("rings");
    session.bind(device, rings);
    DmaBuffer ring = rings.buffer("ring", 4096);
    ring.segment().set(ValueLayout.JAVA_INT, 0, value);
    session.preserve();
    return ring.physicalAddress(0);
  }

  private static void isBack(LiveSession session, long address, int value) {
    assertThat(session.report().outcome()).isEqualTo(Outcome.RESTORED);
    DmaBuffer ring = session.ioas("rings").find("ring").orElseThrow();
    assertThat(ring.physicalAddress(0)).isEqualTo(address);
    assertThat(ring.segment().get(ValueLayout.JAVA_INT, 0)).isEqualTo(value);
  }

  private void theSecondIsRefused(String... words) {
    assertThatThrownBy(() -> open("nic1"))
        .isInstanceOf(RestoreException.class)
        .hasMessageContainingAll(words)
        .satisfies(failure ->
            assertThat(((RestoreException) failure).report().outcome()).isEqualTo(Outcome.FAILED));
  }

  @Test
  void aDeviceIsMissing() {
    host.unplug(SECOND).kexec();
    try (LiveSession first = open("nic0")) {
      isBack(first, firstAddress, 7);
      theSecondIsRefused("0000:00:05.0");
      isBack(first, firstAddress, 7);
    }
    theSecondIsRefused("0000:00:05.0");
  }

  @Test
  void anotherDeviceSitsThere() {
    host.plug(SECOND, ResettableDevice.class).kexec();
    try (LiveSession first = open("nic0")) {
      theSecondIsRefused("0000:00:05.0");
      isBack(first, firstAddress, 7);
    }
  }

  @Test
  void aDeviceRefusesAtFirst() {
    host.kexec();
    host.fail("VFIO_DEVICE_BIND_IOMMUFD", 1, Errno.EIO);
    theSecondIsRefused("0000:00:05.0", "EIO");
    try (LiveSession first = open("nic0");
        LiveSession second = open("nic1")) {
      isBack(first, firstAddress, 7);
      isBack(second, secondAddress, 8);
    }
  }
}
