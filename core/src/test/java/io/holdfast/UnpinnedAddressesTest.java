package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.model.ExtentList;
import io.holdfast.model.NoPhysicalAddressException;
import io.holdfast.model.PciAddress;
import io.holdfast.sim.Credentials;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Addresses that nothing keeps true, and what a device does with them. */
class UnpinnedAddressesTest {
  private static final PciAddress EDU = SimulatedMachine.EDU_ADDRESS;
  private static final int PAGE = 4096;
  private static final long BUFFER = 0x40000;
  private static final int BYTES = 1024;

  @TempDir Path folder;
  private final Arena arena = Arena.ofShared();
  private SimulatedHost host;

  @BeforeEach
  void boot() {
    host =
        SimulatedHost.open(
            folder.resolve("machine"), SimulatedMachine.standard().withoutVfioCdevs());
  }

  @AfterEach
  void switchOff() {
    host.close();
    arena.close();
  }

  /** Pages of this process, written to, so that they are there. */
  private MemorySegment pages(int count) {
    MemorySegment memory = arena.allocate((long) count * PAGE, PAGE);
    memory.fill((byte) 0x11);
    return memory;
  }

  /** Has the device copy between its buffer and memory. */
  private static void transfer(GroupDevice device, long physicalAddress, boolean toMemory) {
    DeviceRegion registers = device.region(0);
    registers.put64(0x80, toMemory ? BUFFER : physicalAddress);
    registers.put64(0x88, toMemory ? physicalAddress : BUFFER);
    registers.put64(0x90, BYTES);
    registers.put64(0x98, toMemory ? 3 : 1);
  }

  private static long address(UnpinnedAddresses of) {
    return of.extents().physicalAddress(0);
  }

  @Test
  void aDeviceReachesMemoryThatLiesWhereItLay() {
    MemorySegment from = pages(1);
    MemorySegment to = pages(1);
    from.setString(0, "by its physical address");
    try (GroupDevice device = GroupDevice.open(host, EDU)) {
      device.enableBusMastering();
      transfer(device, address(UnpinnedAddresses.lookUp(host, from)), false);
      UnpinnedAddresses addresses = UnpinnedAddresses.lookUp(host, to);
      transfer(device, address(addresses), true);
      assertThat(addresses.areWhereTheyWere()).isTrue();
      assertThat(to.getString(0)).isEqualTo("by its physical address");
      assertThat(to.get(ValueLayout.JAVA_BYTE, BYTES)).isEqualTo((byte) 0x11);
      assertThat(host.violations()).isEmpty();
    }
  }

  @Test
  void aPageThatWasMovedIsMissedAndSomebodyElsesIsHit() {
    MemorySegment memory = pages(1);
    try (GroupDevice device = GroupDevice.open(host, EDU)) {
      device.enableBusMastering();
      UnpinnedAddresses addresses = UnpinnedAddresses.lookUp(host, memory);
      assertThat(host.kernel().migratePages()).isPositive();
      assertThat(addresses.areWhereTheyWere()).isFalse();
      transfer(device, address(addresses), true);
      assertThat(memory.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 0x11);
      assertThat(host.violations())
          .singleElement()
          .satisfies(violation -> {
            assertThat(violation.physicalAddress()).isEqualTo(address(addresses));
            assertThat(violation.toString()).contains("free memory", "nothing is pinned for it");
          });
      UnpinnedAddresses now = UnpinnedAddresses.lookUp(host, memory);
      assertThat(address(now)).isNotEqualTo(address(addresses));
      transfer(device, address(now), true);
      assertThat(memory.get(ValueLayout.JAVA_BYTE, 0)).isZero();
    }
  }

  @Test
  void whoGetsTheFrameNextIsOverwritten() {
    MemorySegment memory = pages(1);
    try (GroupDevice device = GroupDevice.open(host, EDU)) {
      device.enableBusMastering();
      UnpinnedAddresses addresses = UnpinnedAddresses.lookUp(host, memory);
      host.kernel().migratePages();
      // A memfd that takes all memory there is has the frame, too.
      int others = host.syscalls().memfd_create("others", 0);
      MemorySegment block = arena.allocate(1 << 20);
      block.fill((byte) 0x22);
      long end = 0;
      while (host.syscalls().pwrite(others, block, end) == block.byteSize()) {
        end += block.byteSize();
      }
      transfer(device, address(addresses), true);
      long overwritten = 0;
      for (long at = 0; at < end; at += block.byteSize()) {
        assertThat(host.syscalls().pread(others, block, at)).isEqualTo(block.byteSize());
        for (long i = 0; i < block.byteSize(); i++) {
          overwritten += block.get(ValueLayout.JAVA_BYTE, i) == 0x22 ? 0 : 1;
        }
      }
      assertThat(overwritten).isEqualTo(BYTES);
      assertThat(memory.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 0x11);
      assertThat(host.violations()).isEmpty();
    }
  }

  @Test
  void runsAreMergedAndBeginWithinAPage() {
    MemorySegment memory = pages(64);
    ExtentList whole = UnpinnedAddresses.lookUp(host, memory).extents();
    assertThat(whole.lengthBytes()).isEqualTo(64L * PAGE);
    ExtentList part = UnpinnedAddresses.lookUp(host, memory.asSlice(100, 9000)).extents();
    assertThat(part.lengthBytes()).isEqualTo(9000);
    assertThat(part.physicalAddress(0)).isEqualTo(whole.physicalAddress(0) + 100);
    ExtentList one = UnpinnedAddresses.lookUp(host, memory.asSlice(PAGE - 1, 1)).extents();
    assertThat(one.physicalAddress(0)).isEqualTo(whole.physicalAddress(0) + PAGE - 1);
    assertThat(one.lengthBytes()).isEqualTo(1);
  }

  @Test
  void moreThanOneReadOfThePageMap() {
    MemorySegment memory = pages(20_000);
    ExtentList all = UnpinnedAddresses.lookUp(host, memory).extents();
    assertThat(all.lengthBytes()).isEqualTo(20_000L * PAGE);
    MemorySegment last = memory.asSlice(19_999L * PAGE);
    ExtentList page = UnpinnedAddresses.lookUp(host, last).extents();
    int end = all.size() - 1;
    assertThat(page.physicalAddress(0))
        .isEqualTo(all.physicalAddress(end) + all.lengthBytes(end) - PAGE);
  }

  @Test
  @SuppressWarnings("restricted")
  void aMemfdsPagesHaveAddressesToo() {
    int memfd = host.syscalls().memfd_create("m", 0);
    assertThat(host.syscalls().ftruncate(memfd, 4 * PAGE)).isZero();
    int both = MmanUapi.PROT_READ | MmanUapi.PROT_WRITE;
    long at = host.syscalls().mmap(4 * PAGE, both, MmanUapi.MAP_SHARED, memfd, 0);
    MemorySegment memory = MemorySegment.ofAddress(at).reinterpret(4 * PAGE);
    memory.fill((byte) 1);
    assertThat(UnpinnedAddresses.lookUp(host, memory).extents().lengthBytes()).isEqualTo(4 * PAGE);
  }

  @Test
  @SuppressWarnings("restricted")
  void aPageThatIsNotThereIsRefused() {
    int memfd = host.syscalls().memfd_create("m", 0);
    assertThat(host.syscalls().ftruncate(memfd, 4 * PAGE)).isZero();
    int both = MmanUapi.PROT_READ | MmanUapi.PROT_WRITE;
    long at = host.syscalls().mmap(4 * PAGE, both, MmanUapi.MAP_SHARED, memfd, 0);
    MemorySegment memory = MemorySegment.ofAddress(at).reinterpret(4 * PAGE);
    memory.fill((byte) 1);
    UnpinnedAddresses addresses = UnpinnedAddresses.lookUp(host, memory);
    assertThat(host.syscalls().munmap(at + 2 * PAGE, 2 * PAGE)).isZero();
    assertThat(addresses.areWhereTheyWere()).isFalse();
    assertThatThrownBy(() -> UnpinnedAddresses.lookUp(host, memory))
        .isInstanceOf(NoPhysicalAddressException.class)
        .hasMessageContaining("the page at offset 0x2000 of 16384 bytes")
        .hasMessageContaining("is not there")
        .hasMessageContaining("write to every page");
  }

  @Test
  void whatHasNoAddressIsRefused() {
    assertThatThrownBy(() -> UnpinnedAddresses.lookUp(host, MemorySegment.ofArray(new byte[8])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Java heap");
    MemorySegment empty = pages(1).asSlice(0, 0);
    assertThatThrownBy(() -> UnpinnedAddresses.lookUp(host, empty))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("empty");
  }

  @Test
  void theKernelTellsNoFramesWithoutTheCapability() {
    MemorySegment memory = pages(2);
    try (SimulatedProcess process = host.kernel().process();
        Host other = new SyscallsHost(process, Disk.local(), "simulated")) {
      UnpinnedAddresses addresses = UnpinnedAddresses.lookUp(other, memory);
      process.setCredentials(Credentials.root().without(Credentials.CAP_SYS_ADMIN));
      assertThatThrownBy(() -> UnpinnedAddresses.lookUp(other, memory))
          .isInstanceOf(NoPhysicalAddressException.class)
          .hasMessageContaining("the page at offset 0x0 of 8192 bytes")
          .hasMessageContaining("CAP_SYS_ADMIN");
      assertThatThrownBy(addresses::areWhereTheyWere)
          .isInstanceOf(NoPhysicalAddressException.class);
    }
  }
}
