package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_GET_REGION_INFO;
import static io.holdfast.uapi.VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX;
import static io.holdfast.uapi.VfioUapi.VFIO_REGION_INFO_FLAG_MMAP;
import static io.holdfast.uapi.VfioUapi.VFIO_REGION_INFO_FLAG_READ;
import static io.holdfast.uapi.VfioUapi.VFIO_REGION_INFO_FLAG_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.MmanUapi;
import io.holdfast.uapi.VfioUapi.vfio_region_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract's lines about mapping a BAR: QEMU's nvme, whose registers are in BAR 0. */
class MappedBarContractTest extends ContractTest {
  private static final long BAR_BYTES = 0x4000;
  private static final int BOTH = MmanUapi.PROT_READ | MmanUapi.PROT_WRITE;
  private static final long CONFIG = (long) VFIO_PCI_CONFIG_REGION_INDEX << 40;
  private static final int COMMAND = 4;
  private static final int COMMAND_MEMORY = 2;
  private static final int VS = 0x08;
  private static final int AQA = 0x24;

  private int iommufd;
  private int cdev;

  @BeforeEach
  void open() {
    bindDriver(underTest().messageDevice());
    iommufd = openIommu();
    cdev = openCdev(underTest().messageDevice());
  }

  private void bind() {
    ok(calls.bind(cdev, iommufd));
    MemorySegment command = Arena.ofAuto().allocate(ValueLayout.JAVA_SHORT);
    ok(kernel.pread(cdev, command, CONFIG + COMMAND));
    short value = command.get(ValueLayout.JAVA_SHORT, 0);
    command.set(ValueLayout.JAVA_SHORT, 0, (short) (value | COMMAND_MEMORY));
    ok(kernel.pwrite(cdev, command, CONFIG + COMMAND));
  }

  private long map(long offset, long bytes, int flags) {
    return kernel.mmap(bytes, BOTH, flags, cdev, offset);
  }

  @SuppressWarnings("restricted")
  private MemorySegment mapped(long offset, long bytes) {
    long address = map(offset, bytes, MmanUapi.MAP_SHARED);
    ok(address);
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  private int word(long offset) {
    MemorySegment value = Arena.ofAuto().allocate(ValueLayout.JAVA_INT);
    assertThat(kernel.pread(cdev, value, offset)).isEqualTo(4);
    return value.get(ValueLayout.JAVA_INT, 0);
  }

  private int flags(int region) {
    MemorySegment info = calls.struct(vfio_region_info.LAYOUT);
    vfio_region_info.index.set(info, region);
    ok(kernel.ioctl(cdev, VFIO_DEVICE_GET_REGION_INFO, info));
    return vfio_region_info.flags.get(info)
        & (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE | VFIO_REGION_INFO_FLAG_MMAP);
  }

  @Test
  void theKernelSaysWhatCanBeMapped() {
    bind();
    int readAndWrite = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
    assertThat(flags(0)).isEqualTo(readAndWrite | VFIO_REGION_INFO_FLAG_MMAP);
    assertThat(flags(1)).isZero();
    assertThat(flags(VFIO_PCI_CONFIG_REGION_INDEX)).isEqualTo(readAndWrite);
  }

  @Test
  void onlyABarOfABoundDeviceIsMappedSharedAndWithinItsEnd() {
    refused(Errno.EINVAL, map(0, PAGE, MmanUapi.MAP_SHARED));
    bind();
    refused(Errno.EINVAL, map(0, PAGE, MmanUapi.MAP_PRIVATE));
    refused(Errno.EINVAL, map(1L << 40, PAGE, MmanUapi.MAP_SHARED));
    refused(Errno.EINVAL, map(CONFIG, PAGE, MmanUapi.MAP_SHARED));
    refused(Errno.EINVAL, map(0, BAR_BYTES + PAGE, MmanUapi.MAP_SHARED));
    refused(Errno.EINVAL, map(BAR_BYTES, PAGE, MmanUapi.MAP_SHARED));
    MemorySegment last = mapped(BAR_BYTES - PAGE, PAGE);
    ok(kernel.munmap(last.address(), PAGE));
  }

  @Test
  void memoryAndCallsReachTheSameRegisters() {
    bind();
    MemorySegment bar = mapped(0, BAR_BYTES);
    assertThat(bar.get(ValueLayout.JAVA_INT, VS)).isEqualTo(word(VS)).isEqualTo(0x0001_0400);
    bar.set(ValueLayout.JAVA_INT, AQA, 0x001f_001f);
    assertThat(word(AQA)).isEqualTo(0x001f_001f);
    assertThat(bar.get(ValueLayout.JAVA_INT, AQA)).isEqualTo(0x001f_001f);
    ok(kernel.munmap(bar.address(), BAR_BYTES));
  }

  @Test
  void aMappingKeepsTheDeviceBound() {
    bind();
    MemorySegment bar = mapped(0, PAGE);
    closeNow(cdev);
    cdev = openCdev(underTest().messageDevice());
    refused(Errno.EINVAL, calls.bind(cdev, iommufd));
    ok(kernel.munmap(bar.address(), PAGE));
    ok(calls.bind(cdev, iommufd));
  }

  @Test
  void aMappedBarIsNoMemoryForADevice() {
    bind();
    int ioas = calls.ioasAlloc(iommufd);
    ok(calls.attach(cdev, ioas));
    MemorySegment bar = mapped(0, PAGE);
    refused(Errno.EFAULT, calls.map(iommufd, ioas, bar.address(), PAGE, IOVA, RW));
    ok(kernel.munmap(bar.address(), PAGE));
  }
}
