package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.DeviceRegion;
import io.holdfast.GroupDevice;
import io.holdfast.Host;
import io.holdfast.Interrupt;
import io.holdfast.InterruptKind;
import io.holdfast.SyscallsHost;
import io.holdfast.UnpinnedAddresses;
import io.holdfast.disk.Disk;
import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The edu device, driven by its legacy group, on either kernel. */
class GroupDeviceContractTest extends ContractTest {
  private static final int LIVENESS = 0x04;
  private static final int RAISE = 0x60;
  private static final int ACKNOWLEDGE = 0x64;
  private static final int DMA_SOURCE = 0x80;
  private static final int DMA_COMMAND = 0x98;
  private static final long BUFFER = 0x40000;
  private static final int BYTES = 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private Host host;
  private PciAddress address;

  @BeforeEach
  void host() {
    host = new SyscallsHost(kernel, Disk.local(), "the kernel under test");
    address = PciAddress.parse(underTest().device());
  }

  private static void transfer(DeviceRegion registers, long from, long to, long command) {
    registers.put64(DMA_SOURCE, from);
    registers.put64(DMA_SOURCE + 8, to);
    registers.put64(DMA_SOURCE + 16, BYTES);
    registers.put64(DMA_COMMAND, command | 1);
    long began = System.nanoTime();
    while ((registers.get64(DMA_COMMAND) & 1) != 0) {
      assertThat(System.nanoTime() - began).isLessThan(PATIENCE.toNanos());
      Thread.onSpinWait();
    }
  }

  @Test
  void registersInterruptsAndReset() {
    try (GroupDevice device = GroupDevice.open(host, address)) {
      DeviceRegion registers = device.region(0);
      registers.put32(ACKNOWLEDGE, -1); // The device is the tests' before it, too.
      registers.put32(LIVENESS, 0x1234_5678);
      assertThat(registers.get32(LIVENESS)).isEqualTo(~0x1234_5678);
      assertThat(device.config().get16(0)).isEqualTo(device.identity().vendorId());
      Interrupt line = device.enableInterrupts(InterruptKind.INTX, 1).vector(0);
      registers.put32(RAISE, 1);
      assertThat(line.await(PATIENCE)).isEqualTo(1);
      registers.put32(ACKNOWLEDGE, 1);
      assertThat(device.canReset()).isFalse();
      assertThatThrownBy(device::reset)
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("EINVAL");
    }
  }

  @Test
  void aTransferToAddressesThatNothingKeeps() {
    try (GroupDevice device = GroupDevice.open(host, address);
        Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocate(2 * PAGE, PAGE);
      MemorySegment to = arena.allocate(2 * PAGE, PAGE);
      for (int i = 0; i < BYTES; i++) {
        from.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31));
      }
      to.fill((byte) 0x55);
      assertThat(device.isBusMaster()).isFalse();
      device.enableBusMastering();
      DeviceRegion registers = device.region(0);
      UnpinnedAddresses source = UnpinnedAddresses.lookUp(host, from.asSlice(0, BYTES));
      transfer(registers, source.extents().physicalAddress(0), BUFFER, 0);
      UnpinnedAddresses target = UnpinnedAddresses.lookUp(host, to.asSlice(0, BYTES));
      transfer(registers, BUFFER, target.extents().physicalAddress(0), 2);
      assertThat(source.areWhereTheyWere() && target.areWhereTheyWere()).isTrue();
      assertThat(to.asSlice(0, BYTES).mismatch(from.asSlice(0, BYTES))).isEqualTo(-1);
      assertThat(to.get(ValueLayout.JAVA_BYTE, BYTES)).isEqualTo((byte) 0x55);
      device.disableBusMastering();
    }
  }

  @Test
  void itIsOpenedOnceAndAgain() {
    try (GroupDevice device = GroupDevice.open(host, address)) {
      device.enableBusMastering();
      assertThatThrownBy(() -> GroupDevice.open(host, address))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("EBUSY");
    }
    try (GroupDevice device = GroupDevice.open(host, address)) {
      assertThat(device.isBusMaster()).isFalse();
    }
  }
}
