package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionException;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.VfioUapi;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** A device is attached to one IOAS after another. */
class MovedDeviceTest extends SessionFixture {
  private static final PciAddress OTHER = PciAddress.parse("0000:00:05.0");
  private static final int PAGE = 4096;

  @Override
  SimulatedMachine machine() {
    return SimulatedMachine.standard().withDevice(OTHER, EduDevice.class);
  }

  @Test
  void aMovedDeviceIsRestoredWhereItWasMovedTo() {
    LiveSession session = session();
    Ioas before = session.ioas("before");
    Ioas after = session.ioas("after");
    VfioDevice device = session.bind(EDU, before);
    device.moveTo(after);
    DmaBuffer ring = after.buffer("ring", 3 * PAGE);
    fill(ring, 1);
    long address = ring.physicalAddress(0);
    session.preserve();
    kexec(session);
    LiveSession restored = session();
    assertThat(restored.device(EDU).orElseThrow().ioas().name()).isEqualTo("after");
    DmaBuffer found = restored.ioas("after").find("ring").orElseThrow();
    checkFill(found, 1);
    assertThat(found.physicalAddress(0)).isEqualTo(address);
  }

  @Test
  void whatTheLastDeviceLeavesHasNoAddressesUntilOneComesBack() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    Ioas other = session.ioas("other");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer ring = rings.buffer("ring", 3 * PAGE);
    fill(ring, 1);
    device.moveTo(other);
    assertThatThrownBy(() -> ring.physicalAddress(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no device is attached");
    assertThatThrownBy(session::preserve).hasMessageContaining("no device attached");
    assertThat(kernel.migratePages()).isPositive();
    device.moveTo(rings);
    checkFill(ring, 1);
    assertThat(ring.extents())
        .isEqualTo(session.state().ioases().getFirst().mappings().getFirst().extents());
    session.preserve(); // Compares them with the kernel's.
    kexec(session);
    checkFill(session().ioas("rings").find("ring").orElseThrow(), 1);
  }

  @Test
  void oneOfTwoDevicesLeavesThePagesPinned() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    VfioDevice other = session.bind(OTHER, rings);
    DmaBuffer ring = rings.buffer("ring", PAGE);
    long address = ring.physicalAddress(0);
    device.enableBusMastering();
    device.moveTo(session.ioas("own"));
    assertThat(device.isBusMaster()).isTrue();
    assertThat(ring.physicalAddress(0)).isEqualTo(address);
    other.enableBusMastering();
    assertThatThrownBy(() -> other.moveTo(session.ioas("own")))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("0000:00:05.0 can still write the buffers of IOAS \"rings\"")
        .hasMessageContaining("disableBusMastering()");
    assertThat(ring.physicalAddress(0)).isEqualTo(address);
    assertThat(other.ioas().name()).isEqualTo("rings");
  }

  @Test
  void aRefusalOfTheKernelLeavesEverythingAsItWas() {
    boolean[] broken = new boolean[1];
    LiveSession session = session(refusing(VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, broken));
    Ioas rings = session.ioas("rings");
    Ioas other = session.ioas("other");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer ring = rings.buffer("ring", PAGE);
    long address = ring.physicalAddress(0);
    broken[0] = true;
    assertThatThrownBy(() -> device.moveTo(other)).isInstanceOf(KernelException.class);
    broken[0] = false;
    assertThat(ring.physicalAddress(0)).isEqualTo(address);
    assertThat(device.ioas().name()).isEqualTo("rings");
    device.moveTo(other);
    assertThat(session.state().devices().getFirst().ioas()).isEqualTo("other");
  }

  @Test
  void aDeviceComesBackWhereTheAddressesThereAreNotTold() {
    boolean[] broken = new boolean[1];
    LiveSession session = session(refusingOnce(IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA, broken));
    Ioas rings = session.ioas("rings");
    Ioas other = session.ioas("other");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer ring = rings.buffer("ring", PAGE);
    device.moveTo(other);
    DmaBuffer log = other.buffer("log", PAGE);
    broken[0] = true;
    assertThatThrownBy(() -> device.moveTo(rings)).isInstanceOf(KernelException.class);
    assertThat(device.ioas().name()).isEqualTo("other");
    assertThat(log.physicalAddress(0)).isPositive();
    assertThatThrownBy(() -> ring.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
    device.moveTo(rings);
    assertThat(ring.physicalAddress(0)).isPositive();
  }

  @Test
  void ofADeviceThatComesBackNowhereNoAddressIsLeft() {
    boolean[] broken = new boolean[1];
    Syscalls attaching =
        new ForwardingSyscalls(refusingOnce(IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA, broken)) {
          private boolean told;

          @Override
          public int ioctl(int fd, long request, MemorySegment argument) {
            boolean armed = broken[0];
            int answer = super.ioctl(fd, request, argument);
            told |= armed && !broken[0];
            return told && request == VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT
                ? -Errno.EBUSY
                : answer;
          }
        };
    LiveSession session = session(attaching);
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer ring = rings.buffer("ring", PAGE);
    Ioas other = session.ioas("other");
    device.moveTo(other);
    assertThat(kernel.migratePages()).isPositive();
    broken[0] = true;
    assertThatThrownBy(() -> device.moveTo(rings)).isInstanceOf(KernelException.class);
    assertThat(session.devices()).isEmpty();
    assertThatThrownBy(() -> ring.physicalAddress(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no device is attached");
  }

  @Test
  void whatIsClosedOrPreservedOrAnothersIsNotMoved() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    Ioas other = session.ioas("other");
    VfioDevice device = session.bind(EDU, rings);
    session.preserve();
    assertThatThrownBy(() -> device.moveTo(other)).hasMessageContaining("sealed");
    device.moveTo(rings); // Where it is.
    session.cancelPreserve();
    device.close();
    assertThatThrownBy(() -> device.moveTo(other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
  }

  private Syscalls refusingOnce(long refused, boolean[] armed) {
    return new ForwardingSyscalls(kernel.process()) {
      @Override
      public int ioctl(int fd, long request, MemorySegment argument) {
        if (armed[0] && request == refused) {
          armed[0] = false;
          return -Errno.EPERM;
        }
        return super.ioctl(fd, request, argument);
      }
    };
  }
}
