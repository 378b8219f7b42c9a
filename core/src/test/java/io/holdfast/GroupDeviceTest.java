package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.sim.Credentials;
import io.holdfast.sim.MappedNvmeDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device that is opened by its legacy group, with and without character devices beside it. */
class GroupDeviceTest {
  private static final PciAddress EDU = SimulatedMachine.EDU_ADDRESS;
  private static final PciAddress NVME = new PciAddress(0, 0, 6, 0);
  private static final PciAddress VIRTUAL = new PciAddress(0, 0, 7, 1);
  private static final int LIVENESS = 0x04;
  private static final int RAISE = 0x60;
  private static final int ACKNOWLEDGE = 0x64;

  @TempDir Path folder;

  private static SimulatedMachine withoutCdevs() {
    return SimulatedMachine.standard().withoutVfioCdevs().withDevice(NVME, MappedNvmeDevice.class);
  }

  private SimulatedHost host(SimulatedMachine machine) {
    return SimulatedHost.open(folder.resolve("machine"), machine);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itsRegistersAnswer(boolean cdevs) {
    try (SimulatedHost host = host(cdevs ? SimulatedMachine.standard() : withoutCdevs());
        GroupDevice device = GroupDevice.open(host, EDU)) {
      assertThat(device.address()).isEqualTo(EDU);
      assertThat(device.identity().vendorId()).isEqualTo(0x1234);
      assertThat(device.isBehindIommu()).isFalse();
      assertThat(device.numaNode()).isEmpty();
      assertThat(device.config().get16(0)).isEqualTo(0x1234);
      DeviceRegion registers = device.region(0);
      registers.put32(LIVENESS, 0x1234_5678);
      assertThat(registers.get32(LIVENESS)).isEqualTo(~0x1234_5678);
      assertThat(device.region(0).sizeBytes()).isEqualTo(1 << 20);
      registers.flush();
    }
  }

  @Test
  void itsBarsAreMappedAndItCanBeReset() {
    try (SimulatedHost host = host(withoutCdevs())) {
      DeviceRegion registers;
      try (PciDevice device = GroupDevice.open(host, NVME)) {
        registers = device.region(0);
        assertThat(registers.isMapped()).isTrue();
        assertThat(device.canReset()).isTrue();
        device.reset();
        assertThat(registers.get32(8)).isNotEqualTo(-1);
        assertThat(device.interruptCount(InterruptKind.MSIX)).isEqualTo(65);
      }
      assertThatThrownBy(() -> registers.get32(8)).isInstanceOf(IllegalStateException.class);
      try (PciDevice edu = GroupDevice.open(host, EDU)) {
        assertThat(edu.canReset()).isFalse();
        assertThatThrownBy(edu::reset).isInstanceOf(KernelException.class);
      }
    }
  }

  @Test
  void itInterrupts() {
    try (SimulatedHost host = host(withoutCdevs());
        GroupDevice device = GroupDevice.open(host, EDU)) {
      DeviceRegion registers = device.region(0);
      Interrupt line = device.enableInterrupts(InterruptKind.INTX, 1).vector(0);
      registers.put32(RAISE, 1);
      assertThat(line.await(Duration.ofSeconds(10))).isEqualTo(1);
      registers.put32(ACKNOWLEDGE, 1);
      assertThatThrownBy(() -> device.enableInterrupts(InterruptKind.INTX, 1))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void itIsNoBusMasterUntilItsDriverSaysSoNorAfterwards() {
    try (SimulatedHost host = host(withoutCdevs())) {
      try (GroupDevice device = GroupDevice.open(host, EDU)) {
        assertThat(device.isBusMaster()).isFalse();
        device.enableBusMastering();
        assertThat(device.isBusMaster()).isTrue();
      }
      try (GroupDevice device = GroupDevice.open(host, EDU)) {
        assertThat(device.isBusMaster()).isFalse();
      }
    }
  }

  @Test
  void onlyTheDeviceStaysOpen() {
    try (SimulatedHost host = host(withoutCdevs())) {
      GroupDevice device = GroupDevice.open(host, EDU);
      assertThat(host.openDescriptors()).isEqualTo(1);
      device.close();
      device.close();
      assertThat(host.openDescriptors()).isZero();
      assertThatThrownBy(device::canReset).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(device::enableBusMastering).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aSessionDoesNotFallBackOnItButSaysThatItIsThere() {
    try (SimulatedHost host = host(withoutCdevs());
        LiveSession session = LiveSession.openOrRestore(host, "nic0", folder.resolve("state"))) {
      Ioas ioas = session.ioas("rings");
      assertThatThrownBy(() -> session.bind(EDU, ioas))
          .isInstanceOf(DeviceUnavailableException.class)
          .hasMessageContaining("0000:00:04.0 has no VFIO character device")
          .hasMessageContaining("/dev/vfio/noiommu-0")
          .hasMessageContaining("io.holdfast.GroupDevice")
          .hasMessageContaining("no memory is pinned")
          .hasMessageContaining("nothing is preserved");
      assertThat(session.devices()).isEmpty();
      GroupDevice.open(host, EDU).close();
    }
  }

  @Test
  void aSessionAndAGroupExcludeEachOther() {
    try (SimulatedHost host = host(SimulatedMachine.standard());
        LiveSession session = LiveSession.openOrRestore(host, "nic0", folder.resolve("state"))) {
      Ioas ioas = session.ioas("rings");
      try (GroupDevice device = GroupDevice.open(host, EDU)) {
        assertThat(device.isBusMaster()).isFalse();
        assertThatThrownBy(() -> session.bind(EDU, ioas))
            .isInstanceOf(KernelException.class)
            .hasMessageContaining("EBUSY");
      }
      try (VfioDevice device = session.bind(EDU, ioas)) {
        assertThat(device.isBusMaster()).isFalse();
        assertThatThrownBy(() -> GroupDevice.open(host, EDU))
            .isInstanceOf(KernelException.class)
            .hasMessageContaining("open VFIO group failed with EBUSY")
            .hasMessageContaining("stop that process");
      }
    }
  }

  @Test
  void aDeviceBehindAnIommuIsRefused() {
    try (SimulatedHost host = host(SimulatedMachine.standard().withIommuPresent(true))) {
      assertThatThrownBy(() -> GroupDevice.open(host, EDU))
          .isInstanceOf(DeviceUnavailableException.class)
          .hasMessageContaining("is behind an IOMMU")
          .hasMessageContaining("LiveSession.bind");
      assertThat(host.openDescriptors()).isZero();
    }
  }

  @Test
  void whatIsNotThereIsSaidToBeMissing() {
    try (SimulatedHost host =
        host(withoutCdevs().withCommandLine("quiet").withDevice(EDU, MappedNvmeDevice.class))) {
      assertThatThrownBy(() -> GroupDevice.open(host, new PciAddress(0, 0, 9, 0)))
          .isInstanceOf(DeviceUnavailableException.class)
          .hasMessageContaining("there is no PCI device at 0000:00:09.0");
      // Without noiommu mode vfio-pci does not take it.
      assertThatThrownBy(() -> GroupDevice.open(host, EDU))
          .isInstanceOf(DeviceUnavailableException.class)
          .hasMessageContaining("driven by nothing");
    }
  }

  @Test
  void itNeedsRawio() {
    try (SimulatedHost machine = host(withoutCdevs());
        SimulatedProcess process = machine.kernel().process();
        Host host = new SyscallsHost(process, Disk.local(), "simulated")) {
      process.setCredentials(Credentials.root().without(Credentials.CAP_SYS_RAWIO));
      assertThatThrownBy(() -> GroupDevice.open(host, EDU))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("EPERM")
          .hasMessageContaining("CAP_SYS_RAWIO");
    }
  }

  @Test
  void aTokenOpensAVirtualFunction() {
    SimulatedMachine machine =
        withoutCdevs().withVirtualFunction(VIRTUAL, MappedNvmeDevice.class, NVME);
    UUID token = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
    try (SimulatedHost host = host(machine);
        GroupDevice physical = GroupDevice.open(host, NVME, token)) {
      assertThat(physical.canReset()).isTrue();
      GroupDevice.open(host, VIRTUAL, token).close();
      assertThatThrownBy(() -> GroupDevice.open(host, VIRTUAL))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("EACCES")
          .hasMessageContaining("VF token");
      assertThatThrownBy(() -> GroupDevice.open(host, EDU, token))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("EINVAL")
          .hasMessageContaining("leave it out")
          .hasMessageNotContaining(token.toString());
    }
  }

  @Test
  void itEndsWithItsProcess() {
    try (SimulatedHost host = host(withoutCdevs())) {
      GroupDevice device = GroupDevice.open(host, NVME);
      DeviceRegion registers = device.region(0);
      device.enableBusMastering();
      host.kill();
      assertThatThrownBy(() -> registers.get32(8)).isInstanceOf(IllegalStateException.class);
      try (GroupDevice next = GroupDevice.open(host, NVME)) {
        assertThat(next.isBusMaster()).isFalse();
      }
    }
  }

  @Test
  void whateverFailsNothingStaysOpen() {
    try (SimulatedHost host = host(withoutCdevs())) {
      GroupDevice.open(host, EDU).close(); // vfio-pci has it from now on
      int failed = 0;
      while (opensThough(host, failed)) {
        failed++;
        assertThat(failed).isLessThan(100);
      }
      assertThat(failed).isGreaterThan(10);
    }
  }

  /** Whether opening failed by the failure of its {@code nth} call, from 0; else there is none. */
  private static boolean opensThough(SimulatedHost host, int nth) {
    AtomicInteger left = new AtomicInteger(nth);
    host.faults(call ->
        call.name().equals("close") || left.getAndDecrement() != 0
            ? FaultInjectingSyscalls.Fault.NONE
            : Errno.EIO);
    try {
      GroupDevice device = GroupDevice.open(host, EDU);
      host.faults(call -> FaultInjectingSyscalls.Fault.NONE);
      device.close();
      return left.get() < 0; // A call that may fail, such as that for the NUMA node.
    } catch (HoldfastException failure) {
      return true;
    } finally {
      host.faults(call -> FaultInjectingSyscalls.Fault.NONE);
      assertThat(host.openDescriptors()).isZero();
    }
  }
}
