package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.PciAddress;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.VfioUapi.vfio_irq_set;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The simulated device: DMA by physical address, to what its driver has pinned and nothing else.
 */
class DeviceTest {
  private static final long IOVA = 1L << 32;
  private static final int BYTES = 2048;
  private static final int MASTER = 0x107;

  @TempDir Path folder;
  private SimulatedKernel machine;
  private KernelCalls calls;
  private int iommufd;
  private DriverCalls driver;
  private int memfd;
  private MemorySegment memory;
  private long pa;

  @BeforeEach
  void start() {
    machine = SimulatedKernel.create(folder, SimulatedMachine.standard());
    prepare();
  }

  private void prepare() {
    calls = new KernelCalls(machine.process());
    iommufd = calls.kernel().open("/dev/iommu", FcntlUapi.O_RDWR, 0);
    driver = new DriverCalls(calls, iommufd);
    memfd = calls.memfd(MemfdUapi.MFD_EXEC, 1 << 20);
    memory = calls.mapMemory(memfd, 1 << 20);
    assertThat(
            calls.mapFile(
                iommufd, driver.ioas(), memfd, 0, 1 << 20, IOVA, KernelCalls.READ_WRITE_FIXED))
        .isZero();
    assertThat(calls.getPa(iommufd, driver.ioas(), IOVA + 4096, 4096)).isZero();
    pa = calls.physicalAddress;
  }

  @AfterEach
  void end() {
    machine.close();
  }

  @Test
  void movesBytesByPhysicalAddress() {
    driver.command(MASTER);
    memory.asSlice(4096, BYTES).fill((byte) 0x5a);
    driver.readMemory(pa, BYTES, 0);
    memory.asSlice(4096, BYTES).fill((byte) 0);
    driver.writeMemory(pa + 100, BYTES);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 4096 + 99)).isZero();
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 4096 + 100)).isEqualTo((byte) 0x5a);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 4096 + 100 + BYTES - 1)).isEqualTo((byte) 0x5a);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 4096 + 100 + BYTES)).isZero();
    assertThat(machine.violations()).isEmpty();
  }

  @Test
  void doesNothingWithoutBusMastering() {
    memory.asSlice(4096, BYTES).fill((byte) 0x5a);
    driver.writeMemory(pa, BYTES);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 4096)).isEqualTo((byte) 0x5a);
    assertThat(machine.violations()).isEmpty();
  }

  @Test
  void isCaughtWhenItReachesForWhatIsNotPinned() {
    driver.command(MASTER);
    assertThat(calls.unmap(iommufd, driver.ioas(), IOVA, 1 << 20)).isZero();
    memory.asSlice(4096, BYTES).fill((byte) 0x5a);
    driver.writeMemory(pa, BYTES);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 4096)).isEqualTo((byte) 0x5a);
    assertThat(machine.violations())
        .singleElement()
        .satisfies(violation -> {
          assertThat(violation.physicalAddress()).isEqualTo(pa);
          assertThat(violation.write()).isTrue();
          assertThat(violation.lengthBytes()).isEqualTo(BYTES);
          assertThat(violation.toString())
              .contains("0000:00:04.0 would write 2048 bytes", "page of memfd");
        });
    driver.readMemory(1L << 50, BYTES, 0);
    assertThat(machine.violations()).hasSize(2);
  }

  @Test
  void mayNotWriteWhatIsMappedForReadingOnly() {
    driver.command(MASTER);
    int other = calls.memfd(MemfdUapi.MFD_EXEC, 4096);
    int flags = IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA | IommufdUapi.IOMMU_IOAS_MAP_READABLE;
    assertThat(calls.mapFile(iommufd, driver.ioas(), other, 0, 4096, 0x10000, flags)).isZero();
    assertThat(calls.getPa(iommufd, driver.ioas(), 0x10000, 4096)).isZero();
    driver.readMemory(calls.physicalAddress, BYTES, 0);
    assertThat(machine.violations()).isEmpty();
    driver.writeMemory(calls.physicalAddress, BYTES);
    assertThat(machine.violations())
        .singleElement()
        .asString()
        .contains("does not let the device write");
  }

  @Test
  void keepsItsBufferAndLosesBusMasteringOverAKexec() {
    driver.command(MASTER);
    memory.asSlice(4096, BYTES).fill((byte) 0x5a);
    driver.readMemory(pa, BYTES, 0);
    machine.kexec(KexecMode.FILE);
    prepare();
    assertThat(driver.command()).isEqualTo(0x103);
    driver.command(MASTER);
    driver.writeMemory(pa, BYTES);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 4096)).isEqualTo((byte) 0x5a);
    machine.coldBoot();
    prepare();
    driver.command(MASTER);
    memory.fill((byte) 1);
    driver.writeMemory(pa, BYTES);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 4096)).isZero();
  }

  @Test
  void signalsItsInterrupt() {
    int event = calls.kernel().eventfd(0, 0);
    MemorySegment request = calls.memory(24);
    vfio_irq_set.argsz.set(request, 24);
    vfio_irq_set.flags.set(request, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER);
    vfio_irq_set.index.set(request, VFIO_PCI_MSI_IRQ_INDEX);
    vfio_irq_set.count.set(request, 1);
    request.set(ValueLayout.JAVA_INT, 20, event);
    assertThat(calls.kernel().ioctl(driver.cdev(), VFIO_DEVICE_SET_IRQS, request)).isZero();
    MemorySegment count = calls.memory(8);
    assertThat(calls.kernel().read(event, count)).isEqualTo(-Errno.EAGAIN);
    driver.command(MASTER);
    driver.readMemory(pa, BYTES, 4);
    assertThat(calls.kernel().read(event, count)).isEqualTo(8);
    assertThat(count.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
  }

  @Test
  void anIommuShowsAndTranslates() {
    machine.coldBoot(machine.machine().withIommuPresent(true));
    calls = new KernelCalls(machine.process());
    iommufd = calls.kernel().open("/dev/iommu", FcntlUapi.O_RDWR, 0);
    driver = new DriverCalls(calls, iommufd);
    memfd = calls.memfd(MemfdUapi.MFD_EXEC, 4096);
    memory = calls.mapMemory(memfd, 4096);
    assertThat(
            calls.mapFile(
                iommufd, driver.ioas(), memfd, 0, 4096, IOVA, KernelCalls.READ_WRITE_FIXED))
        .isZero();
    assertThat(calls.getPa(iommufd, driver.ioas(), IOVA, 4096)).isEqualTo(-Errno.EOPNOTSUPP);
    driver.command(MASTER);
    memory.fill((byte) 7);
    driver.readMemory(IOVA, BYTES, 0);
    memory.fill((byte) 0);
    driver.writeMemory(IOVA + 10, BYTES);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 10)).isEqualTo((byte) 7);
  }

  @Test
  void devicesMayVanishAndMove() {
    PciAddress elsewhere = PciAddress.parse("0000:00:07.0");
    machine.kexec(
        KexecMode.FILE,
        machine
            .machine()
            .withoutDevice(SimulatedMachine.EDU_ADDRESS)
            .withDevice(elsewhere, EduDevice.class));
    SimulatedProcess process = machine.process();
    byte[] text = new byte[16];
    assertThat(process.readFile("/sys/bus/pci/devices/0000:00:04.0/vendor", text))
        .isEqualTo(-Errno.ENOENT);
    assertThat(process.readFile("/sys/bus/pci/devices/0000:00:07.0/vendor", text)).isEqualTo(7);
  }
}
