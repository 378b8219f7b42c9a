package io.holdfast.sim;

import static io.holdfast.uapi.IommufdUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_alloc;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_allow_iovas;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_change_process;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_iova_ranges;
import io.holdfast.uapi.IommufdUapi.iommu_iova_range;
import io.holdfast.uapi.IommufdUapi.iommu_option;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** The contract's lines about IOASes and their mappings. */
class IoasContractTest extends ContractTest {
  private static final int CHOSEN = IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE;

  @Test
  void mapFileRefuses() {
    Attached dma = new Attached();
    int memfd = memfd(8 << 20);
    ok(dma.map(memfd, 0, 4 << 20, IOVA));
    refused(Errno.EEXIST, dma.map(memfd, 0, PAGE, IOVA));
    refused(Errno.EINVAL, dma.map(memfd, 0, PAGE, 0x2_0000_0800L));
    refused(Errno.EINVAL, dma.map(memfd, 0, 4000, 0x2_0000_0000L));
    refused(Errno.EINVAL, dma.map(memfd, 4 << 20, 16 << 20, 0x4_0000_0000L));
    refused(Errno.EBADF, dma.map(777, 0, PAGE, 0x5_0000_0000L));
    refused(Errno.EINVAL, dma.map(memfd, 0, 0, 0x5_0000_0000L));
    refused(Errno.EINVAL, calls.mapFile(dma.iommufd, dma.ioas, memfd, 0, PAGE, 0x6_1000_0000L, 1));
    refused(
        Errno.EOPNOTSUPP,
        calls.mapFile(dma.iommufd, dma.ioas, memfd, 0, PAGE, 0x6_1000_0000L, RW | 8));
    refused(Errno.EOVERFLOW, dma.map(memfd, 0, 2 * PAGE, -PAGE));
    refused(Errno.ENOENT, calls.mapFile(dma.iommufd, 9999, memfd, 0, PAGE, 0x6_1000_0000L, RW));
  }

  @Test
  void unattachedAnyAlignmentGoesUntilADeviceIsAttached() {
    int iommufd = openIommu();
    int ioas = calls.ioasAlloc(iommufd);
    int memfd = memfd(PAGE);
    ok(calls.mapFile(iommufd, ioas, memfd, 0, PAGE, 0x2_0000_0800L, RW));
    ok(calls.unmap(iommufd, ioas, 0x2_0000_0800L, PAGE));
    ok(calls.mapFile(iommufd, ioas, memfd, 0, PAGE, 0x2_0000_0800L, RW));
    int cdev = openCdev();
    ok(calls.bind(cdev, iommufd));
    refused(Errno.EADDRINUSE, calls.attach(cdev, ioas));
  }

  @Test
  void theKernelChoosesAnIova() {
    Attached dma = new Attached();
    int memfd = memfd(8 << 20);
    ok(dma.map(memfd, 0, 4 << 20, IOVA));
    ok(calls.mapFile(dma.iommufd, dma.ioas, memfd, 4 << 20, 4 << 20, 0, CHOSEN));
    assertThat(calls.answer).isEqualTo(0x20_0000);
  }

  @Test
  void allowedIovasLimitOnlyWhatTheKernelChooses() {
    Attached dma = new Attached();
    int memfd = memfd(8 << 20);
    ok(dma.map(memfd, 0, 8 << 20, IOVA));
    ok(allow(dma, IOVA, 0x1_ffff_ffffL));
    ok(dma.map(memfd, 0, PAGE, 0x9_0000_0000L));
    ok(calls.mapFile(dma.iommufd, dma.ioas, memfd, 0, PAGE, 0, CHOSEN));
    assertThat(calls.answer).isEqualTo(0x1_0080_0000L);
    refused(Errno.EINVAL, allow(dma, IOVA, IOVA - 1));
  }

  private int allow(Attached dma, long start, long last) {
    MemorySegment range = calls.memory(iommu_iova_range.LAYOUT.size());
    iommu_iova_range.start.set(range, start);
    iommu_iova_range.last.set(range, last);
    MemorySegment request = calls.struct(iommu_ioas_allow_iovas.LAYOUT);
    iommu_ioas_allow_iovas.ioas_id.set(request, dma.ioas);
    iommu_ioas_allow_iovas.num_iovas.set(request, 1);
    iommu_ioas_allow_iovas.allowed_iovas.set(request, range.address());
    return kernel.ioctl(dma.iommufd, IOMMU_IOAS_ALLOW_IOVAS, request);
  }

  @Test
  void iovaRangesOfAnAttachedIoasAreAllOfThem() {
    Attached dma = new Attached();
    MemorySegment ranges = calls.memory(8 * iommu_iova_range.LAYOUT.size());
    MemorySegment request = calls.struct(iommu_ioas_iova_ranges.LAYOUT);
    iommu_ioas_iova_ranges.ioas_id.set(request, dma.ioas);
    refused(Errno.EMSGSIZE, kernel.ioctl(dma.iommufd, IOMMU_IOAS_IOVA_RANGES, request));
    assertThat(iommu_ioas_iova_ranges.num_iovas.get(request)).isEqualTo(1);
    iommu_ioas_iova_ranges.num_iovas.set(request, 8);
    iommu_ioas_iova_ranges.allowed_iovas.set(request, ranges.address());
    ok(kernel.ioctl(dma.iommufd, IOMMU_IOAS_IOVA_RANGES, request));
    assertThat(iommu_ioas_iova_ranges.num_iovas.get(request)).isEqualTo(1);
    assertThat(iommu_ioas_iova_ranges.out_iova_alignment.get(request)).isEqualTo(PAGE);
    assertThat(iommu_iova_range.start.get(ranges)).isZero();
    assertThat(iommu_iova_range.last.get(ranges)).isEqualTo(-1L);
  }

  @Test
  void unmapTakesWholeMappingsOnly() {
    Attached dma = new Attached();
    int memfd = memfd(2 * PAGE);
    ok(dma.map(memfd, 0, 2 * PAGE, IOVA));
    refused(Errno.ENOENT, calls.unmap(dma.iommufd, dma.ioas, IOVA, PAGE));
    refused(Errno.ENOENT, calls.unmap(dma.iommufd, dma.ioas, 0x9_0000_0000L, PAGE));
    ok(calls.unmap(dma.iommufd, dma.ioas, IOVA, 2 * PAGE));
    assertThat(calls.length).isEqualTo(2 * PAGE);
    refused(Errno.ENOENT, dma.getPa(IOVA, PAGE));
    ok(calls.unmap(dma.iommufd, dma.ioas, 0, -1L));
    assertThat(calls.length).isZero();
    refused(Errno.EINVAL, calls.unmap(dma.iommufd, dma.ioas, IOVA, 0));
  }

  @Test
  void anonymousMemoryIsPinnedAndHasAnAddress() {
    Attached dma = new Attached();
    long address = kernel.mmap(1 << 20, 3, 0x22, -1, 0);
    ok(address);
    ok(calls.map(dma.iommufd, dma.ioas, address, 1 << 20, 0x8_0000_0000L, RW));
    ok(dma.getPa(0x8_0000_0000L, PAGE));
    ok(calls.unmap(dma.iommufd, dma.ioas, 0x8_0000_0000L, 1 << 20));
    ok(kernel.munmap(address, 1 << 20));
  }

  @Test
  void memoryMappedFromAMemfdHasTheMemfdsAddress() {
    Attached dma = new Attached();
    int memfd = memfd(4 * PAGE);
    long address = kernel.mmap(4 * PAGE, 3, 1, memfd, 0);
    ok(dma.map(memfd, 0, 4 * PAGE, IOVA));
    ok(calls.map(dma.iommufd, dma.ioas, address + PAGE, PAGE, 0x8_0000_0000L, RW));
    assertThat(dma.pa(0x8_0000_0000L)).isEqualTo(dma.pa(IOVA + PAGE));
    ok(kernel.munmap(address, 4 * PAGE));
  }

  @Test
  void aCopyInAnUnattachedIoasHasNoAddress() {
    Attached dma = new Attached();
    ok(dma.map(memfd(PAGE), 0, PAGE, IOVA));
    int other = calls.ioasAlloc(dma.iommufd);
    ok(calls.copy(dma.iommufd, dma.ioas, IOVA, other, 0x1000, PAGE));
    refused(Errno.EOPNOTSUPP, calls.getPa(dma.iommufd, other, 0x1000, PAGE));
    refused(Errno.ENOENT, calls.copy(dma.iommufd, dma.ioas, 0x7_0000_0000L, other, 0x10000, PAGE));
  }

  @Test
  void destroyRefusesWhatIsUsed() {
    Attached dma = new Attached();
    refused(Errno.EBUSY, calls.destroy(dma.iommufd, dma.ioas));
    refused(Errno.EBUSY, calls.destroy(dma.iommufd, dma.device));
    refused(Errno.EBUSY, calls.destroy(dma.iommufd, dma.hwpt));
    refused(Errno.ENOENT, calls.destroy(dma.iommufd, 4711));
    int other = calls.ioasAlloc(dma.iommufd);
    ok(calls.mapFile(dma.iommufd, other, memfd(PAGE), 0, PAGE, IOVA, RW));
    ok(calls.destroy(dma.iommufd, other));
    refused(Errno.ENOENT, calls.destroy(dma.iommufd, other));
  }

  @Test
  void structsMayGrow() {
    int iommufd = openIommu();
    MemorySegment request = calls.memory(iommu_ioas_alloc.LAYOUT.size() + 12);
    iommu_ioas_alloc.size.set(request, (int) request.byteSize());
    request.set(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 16, 1);
    refused(Errno.E2BIG, kernel.ioctl(iommufd, IOMMU_IOAS_ALLOC, request));
    request.set(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 16, 0);
    ok(kernel.ioctl(iommufd, IOMMU_IOAS_ALLOC, request));
    MemorySegment plain = calls.struct(iommu_ioas_alloc.LAYOUT);
    iommu_ioas_alloc.flags.set(plain, 1);
    refused(Errno.EOPNOTSUPP, kernel.ioctl(iommufd, IOMMU_IOAS_ALLOC, plain));
    refused(Errno.ENOTTY, kernel.ioctl(iommufd, 0x3bef, plain));
  }

  @Test
  void largePagesAreOnUnlessTurnedOff() {
    Attached dma = new Attached();
    MemorySegment request = calls.struct(iommu_option.LAYOUT);
    iommu_option.option_id.set(request, IOMMU_OPTION_HUGE_PAGES);
    iommu_option.op.set(request, IOMMU_OPTION_OP_GET);
    iommu_option.object_id.set(request, dma.ioas);
    ok(kernel.ioctl(dma.iommufd, IOMMU_OPTION, request));
    assertThat(iommu_option.val64.get(request)).isEqualTo(1);
  }

  @Test
  void lockedMemoryIsCountedWhileItIsPinned() {
    Attached dma = new Attached();
    int memfd = memfd(8 << 20);
    int other = openIommu();
    int unattached = calls.ioasAlloc(other);
    underTest()
        .withMemoryLockLimit(
            64 << 10,
            () -> {
              refused(Errno.ENOMEM, dma.map(memfd, 0, 8 << 20, 0x1_a000_0000L));
              ok(calls.mapFile(other, unattached, memfd, 0, 8 << 20, IOVA, RW));
            });
  }

  @Test
  void unattachedNothingIsLookedAt() {
    int iommufd = openIommu();
    int ioas = calls.ioasAlloc(iommufd);
    int memfd = memfd(PAGE);
    ok(calls.mapFile(iommufd, ioas, memfd, 0, 4 << 20, 0x100_0000, RW));
    ok(calls.mapFile(iommufd, ioas, openLiveupdate(), 0, PAGE, 0x200_0000, RW));
    ok(calls.mapFile(iommufd, ioas, memfd, 1L << 63, PAGE, 0x300_0000, RW));
    ok(calls.mapFile(iommufd, ioas, memfd, 0, 1L << 62, 1L << 62, RW));
    ok(calls.mapFile(iommufd, ioas, memfd, 0, PAGE, -PAGE, RW));
    ok(calls.map(iommufd, ioas, 0x100_0000_0000L, PAGE, 0x400_0000, RW));
    refused(Errno.EOVERFLOW, calls.mapFile(iommufd, ioas, memfd, -PAGE, 2 * PAGE, 0x500_0000, RW));
    refused(Errno.EOVERFLOW, calls.mapFile(iommufd, ioas, memfd, 0, PAGE, -1L, RW));
    ok(calls.unmap(iommufd, ioas, 0x100_0000, 4 << 20));
    assertThat(calls.length).isEqualTo(4 << 20);
  }

  @Test
  void unattachedTheChosenIovaKeepsTheOffsetInThePage() {
    int iommufd = openIommu();
    int ioas = calls.ioasAlloc(iommufd);
    int memfd = memfd(4 * PAGE);
    ok(calls.mapFile(iommufd, ioas, memfd, 0, 100, 0, CHOSEN));
    assertThat(calls.answer).isEqualTo(0x1000);
    ok(calls.mapFile(iommufd, ioas, memfd, 0x1234, 100, 0, CHOSEN));
    assertThat(calls.answer).isEqualTo(0x1234);
  }

  @Test
  void memoryThatIsNotThereIsNoticedWhenItIsPinned() {
    Attached dma = new Attached();
    refused(Errno.EFAULT, calls.map(dma.iommufd, dma.ioas, 0, PAGE, IOVA, RW));
    refused(Errno.EFAULT, calls.map(dma.iommufd, dma.ioas, 0x100_0000_0000L, PAGE, IOVA, RW));
    long address = kernel.mmap(PAGE, 3, 0x22, -1, 0);
    refused(Errno.EINVAL, calls.map(dma.iommufd, dma.ioas, address + 8, PAGE, IOVA, RW));
    ok(kernel.munmap(address, PAGE));
  }

  @Test
  void unmapEdges() {
    Attached dma = new Attached();
    refused(Errno.EOVERFLOW, calls.unmap(dma.iommufd, dma.ioas, -1L, -1L));
    refused(Errno.EOVERFLOW, calls.unmap(dma.iommufd, dma.ioas, 1, -1L));
    refused(Errno.EOVERFLOW, calls.unmap(dma.iommufd, dma.ioas, -PAGE, 2 * PAGE));
    int memfd = memfd(2 * PAGE);
    ok(dma.map(memfd, 0, PAGE, 0x20000));
    ok(dma.map(memfd, 0, 2 * PAGE, 0x21000));
    // The first is unmapped, the second only in part, which is refused; the first stays unmapped.
    refused(Errno.ENOENT, calls.unmap(dma.iommufd, dma.ioas, 0x20000, 2 * PAGE));
    refused(Errno.ENOENT, dma.getPa(0x20000, PAGE));
    ok(dma.getPa(0x21000, PAGE));
    ok(dma.map(memfd, 0, PAGE, 0x20000));
    ok(calls.copy(dma.iommufd, dma.ioas, 0x20000, dma.ioas, 0x90000, 2 * PAGE));
    ok(calls.unmap(dma.iommufd, dma.ioas, 0x90000, PAGE));
    ok(calls.unmap(dma.iommufd, dma.ioas, 0x80000, 0x100000));
    assertThat(calls.length).isEqualTo(PAGE);
  }

  @Test
  void aCopyMayNotDoMoreThanItsSource() {
    Attached dma = new Attached();
    int flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE;
    ok(calls.mapFile(dma.iommufd, dma.ioas, memfd(PAGE), 0, PAGE, IOVA, flags));
    refused(Errno.EPERM, calls.copy(dma.iommufd, dma.ioas, IOVA, dma.ioas, 0x9000, PAGE));
  }

  @Test
  void pinnedPagesOutliveTheFilesEnd() {
    Attached dma = new Attached();
    int memfd = memfd(4 * PAGE);
    ok(dma.map(memfd, 0, 4 * PAGE, IOVA));
    long before = dma.pa(IOVA + 2 * PAGE);
    ok(kernel.ftruncate(memfd, PAGE));
    assertThat(dma.pa(IOVA + 2 * PAGE)).isEqualTo(before);
    ok(calls.unmap(dma.iommufd, dma.ioas, IOVA, 4 * PAGE));
  }

  private int changeProcess(int iommufd, int reserved) {
    MemorySegment in = calls.struct(iommu_ioas_change_process.LAYOUT);
    iommu_ioas_change_process.__reserved.set(in, reserved);
    return kernel.ioctl(iommufd, IOMMU_IOAS_CHANGE_PROCESS, in);
  }

  @Test
  void accountingMovesWithFilesAndNotWithMemory() {
    Attached dma = new Attached();
    ok(changeProcess(dma.iommufd, 0));
    ok(dma.map(memfd(PAGE), 0, PAGE, IOVA));
    ok(changeProcess(dma.iommufd, 0));
    refused(Errno.EOPNOTSUPP, changeProcess(dma.iommufd, 1));
    long address = calls.memory(PAGE).address();
    ok(calls.map(dma.iommufd, dma.ioas, address, PAGE, 0x2_0000_0000L, RW));
    refused(Errno.EINVAL, changeProcess(dma.iommufd, 0));
    ok(calls.unmap(dma.iommufd, dma.ioas, 0x2_0000_0000L, PAGE));
    ok(changeProcess(dma.iommufd, 0));
    assertThat(dma.pa(IOVA)).isPositive();
  }
}
