package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.IommufdUapi.iommu_hw_info;
import io.holdfast.uapi.VfioUapi.vfio_device_attach_iommufd_pt;
import io.holdfast.uapi.VfioUapi.vfio_device_info;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset_info;
import io.holdfast.uapi.VfioUapi.vfio_region_info;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** The contract's lines about the noiommu character device and its page tables. */
class VfioContractTest extends ContractTest {
  @Test
  void openNeedsRawio() {
    String path = cdevPath();
    underTest()
        .without(
            Credentials.CAP_SYS_RAWIO,
            () -> refused(Errno.EPERM, kernel.open(path, FcntlUapi.O_RDWR, 0)));
    openCdev();
  }

  @Test
  void opensTwiceAndBindsOnce() {
    int iommufd = openIommu();
    int cdev = openCdev();
    int second = openCdev();
    refused(Errno.EINVAL, info(cdev));
    ok(calls.bind(cdev, iommufd));
    refused(Errno.EINVAL, calls.bind(cdev, iommufd));
    refused(Errno.EINVAL, calls.bind(second, iommufd));
    ok(info(cdev));
  }

  private int info(int cdev) {
    MemorySegment request = calls.struct(vfio_device_info.LAYOUT);
    int answer = kernel.ioctl(cdev, VFIO_DEVICE_GET_INFO, request);
    if (answer == 0) {
      assertThat(vfio_device_info.flags.get(request)).isEqualTo(VFIO_DEVICE_FLAGS_PCI);
      assertThat(vfio_device_info.num_regions.get(request)).isEqualTo(9);
      assertThat(vfio_device_info.num_irqs.get(request)).isEqualTo(5);
    }
    return answer;
  }

  @Test
  void featuresAreRefusedByWhatIsWrongWithTheRequest() {
    int iommufd = openIommu();
    int cdev = openCdev();
    refused(Errno.EINVAL, feature(cdev, 8, 1));
    ok(calls.bind(cdev, iommufd));
    int get = 1 << 16;
    int set = 1 << 17;
    int probe = 1 << 18;
    for (int feature : new int[] {0, 1, 2, 6, 9, 11, 13, 0xffff}) {
      refused(Errno.EINVAL, feature(cdev, 7, feature));
      refused(Errno.EINVAL, feature(cdev, 8, feature | get | set));
      refused(Errno.EINVAL, feature(cdev, 8, feature | 1 << 19));
      for (int flags : new int[] {0, get, set, probe, get | set | probe}) {
        refused(Errno.ENOTTY, feature(cdev, 24, feature | flags));
      }
    }
    for (int feature : new int[] {3, 4, 5, 12}) { // Low power, and copies ahead of a migration.
      refused(Errno.EINVAL, feature(cdev, 8, feature));
      refused(Errno.EINVAL, feature(cdev, 8, feature | get));
    }
  }

  private int feature(int cdev, int argsz, int flags) {
    MemorySegment request = calls.memory(24);
    request.set(ValueLayout.JAVA_INT, 0, argsz);
    request.set(ValueLayout.JAVA_INT, 4, flags);
    return kernel.ioctl(cdev, DeviceFeatures.VFIO_DEVICE_FEATURE, request);
  }

  @Test
  void bindingEndsWithTheDescriptor() {
    int iommufd = openIommu();
    int cdev = openCdev();
    ok(calls.bind(cdev, iommufd));
    closeNow(cdev);
    int again = openCdev();
    ok(calls.bind(again, iommufd));
  }

  @Test
  void attachAnswersTheAutomaticPageTableWhichDetachDestroys() {
    Attached dma = new Attached();
    assertThat(dma.hwpt).isNotEqualTo(dma.ioas).isNotEqualTo(dma.device);
    ok(calls.detach(dma.cdev));
    refused(Errno.ENOENT, calls.attach(dma.cdev, dma.hwpt));
    ok(calls.attach(dma.cdev, dma.ioas));
  }

  @Test
  void attachReplaces() {
    Attached dma = new Attached();
    ok(dma.map(memfd(PAGE), 0, PAGE, IOVA));
    long before = dma.pa(IOVA);
    int other = calls.ioasAlloc(dma.iommufd);
    ok(calls.copy(dma.iommufd, dma.ioas, IOVA, other, 0x1000, PAGE));
    ok(calls.attach(dma.cdev, other));
    refused(Errno.EOPNOTSUPP, dma.getPa(IOVA, PAGE));
    ok(calls.getPa(dma.iommufd, other, 0x1000, PAGE));
    assertThat(calls.physicalAddress).isEqualTo(before);
    ok(calls.attach(dma.cdev, dma.ioas));
    assertThat(dma.pa(IOVA)).isEqualTo(before);
    ok(calls.destroy(dma.iommufd, other));
  }

  @Test
  void explicitPageTablesTakeNoFlags() {
    Attached dma = new Attached();
    ok(calls.hwptAlloc(dma.iommufd, dma.device, dma.ioas, 0));
    int hwpt = (int) calls.answer;
    refused(Errno.EOPNOTSUPP, calls.hwptAlloc(dma.iommufd, dma.device, dma.ioas, 1));
    ok(calls.attach(dma.cdev, hwpt));
    ok(calls.detach(dma.cdev));
    ok(calls.destroy(dma.iommufd, hwpt));
  }

  @Test
  void thereIsNoHardwareToTellOf() {
    Attached dma = new Attached();
    MemorySegment request = calls.struct(iommu_hw_info.LAYOUT);
    iommu_hw_info.dev_id.set(request, dma.device);
    refused(Errno.EOPNOTSUPP, kernel.ioctl(dma.iommufd, IommufdUapi.IOMMU_GET_HW_INFO, request));
  }

  @Test
  void eduCannotBeReset() {
    Attached dma = new Attached();
    refused(Errno.EINVAL, kernel.ioctl(dma.cdev, VFIO_DEVICE_RESET, 0));
    MemorySegment request = calls.memory(PAGE);
    vfio_pci_hot_reset_info.argsz.set(request, PAGE);
    refused(Errno.ENODEV, kernel.ioctl(dma.cdev, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, request));
    assertThat(vfio_pci_hot_reset_info.count.get(request)).isZero();
  }

  private long regionOffset(int cdev, int index, long size) {
    MemorySegment request = calls.struct(vfio_region_info.LAYOUT);
    vfio_region_info.index.set(request, index);
    ok(kernel.ioctl(cdev, VFIO_DEVICE_GET_REGION_INFO, request));
    assertThat(vfio_region_info.size.get(request)).isEqualTo(size);
    return vfio_region_info.offset.get(request);
  }

  @Test
  void bindClearsBusMastering() {
    Attached dma = new Attached();
    long config = regionOffset(dma.cdev, VFIO_PCI_CONFIG_REGION_INDEX, 256);
    MemorySegment word = calls.memory(2);
    assertThat(kernel.pread(dma.cdev, word, config + 4)).isEqualTo(2);
    assertThat(word.get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 0x103);
    word.set(ValueLayout.JAVA_SHORT, 0, (short) 0x107);
    assertThat(kernel.pwrite(dma.cdev, word, config + 4)).isEqualTo(2);
    assertThat(kernel.pread(dma.cdev, word, config + 4)).isEqualTo(2);
    assertThat(word.get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 0x107);
    closeNow(dma.cdev);
    Attached again = new Attached();
    assertThat(kernel.pread(again.cdev, word, config + 4)).isEqualTo(2);
    assertThat(word.get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 0x103);
  }

  @Test
  void registersAnswer() {
    Attached dma = new Attached();
    long bar = regionOffset(dma.cdev, VFIO_PCI_BAR0_REGION_INDEX, 1 << 20);
    MemorySegment word = calls.memory(4);
    assertThat(kernel.pread(dma.cdev, word, bar)).isEqualTo(4);
    assertThat(word.get(ValueLayout.JAVA_INT, 0)).isEqualTo(0x010000ed);
    word.set(ValueLayout.JAVA_INT, 0, 0x12345678);
    assertThat(kernel.pwrite(dma.cdev, word, bar + 4)).isEqualTo(4);
    assertThat(kernel.pread(dma.cdev, word, bar + 4)).isEqualTo(4);
    assertThat(word.get(ValueLayout.JAVA_INT, 0)).isEqualTo(~0x12345678);
  }

  @Test
  void bindAndAttachRefuse() {
    int iommufd = openIommu();
    int cdev = openCdev();
    int ioas = calls.ioasAlloc(iommufd);
    refused(Errno.EINVAL, calls.attach(cdev, ioas));
    refused(Errno.EINVAL, calls.detach(cdev));
    refused(Errno.EINVAL, kernel.pread(cdev, calls.memory(4), 7L << 40));
    refused(Errno.EINVAL, calls.bind(cdev, -1));
    refused(Errno.EBADFD, calls.bind(cdev, memfd(PAGE)));
    refused(Errno.EBADF, calls.bind(cdev, 999));
    ok(calls.bind(cdev, iommufd));
    int device = (int) calls.answer;
    ok(calls.detach(cdev));
    refused(Errno.EINVAL, calls.attach(cdev, device));
    refused(Errno.ENOENT, calls.attach(cdev, 999));
    refused(Errno.EINVAL, calls.hwptAlloc(iommufd, device, device, 0));
    refused(Errno.EINVAL, calls.hwptAlloc(iommufd, device, 999, 0));
    refused(Errno.ENOENT, calls.hwptAlloc(iommufd, 999, ioas, 0));
    refused(Errno.ENOENT, calls.hwptAlloc(iommufd, ioas, ioas, 0));
    refused(Errno.ENOENT, calls.hwptAlloc(iommufd, device, ioas, 4));
    refused(Errno.EOPNOTSUPP, calls.hwptAlloc(iommufd, device, ioas, 8));
    refused(Errno.ENOTTY, kernel.ioctl(cdev, 0x3bc8, 0));
    closeNow(iommufd);
    ok(info(cdev));
  }

  @Test
  void regionsEnd() {
    Attached dma = new Attached();
    MemorySegment word = calls.memory(4);
    refused(Errno.EFAULT, kernel.pread(dma.cdev, word, (7L << 40) + 254));
    refused(Errno.EFAULT, kernel.pread(dma.cdev, word, (7L << 40) + 256));
    refused(Errno.EINVAL, kernel.pread(dma.cdev, word, 9L << 40));
    refused(Errno.EINVAL, kernel.pread(dma.cdev, word, 6L << 40));
    refused(Errno.EINVAL, kernel.pread(dma.cdev, word, 1L << 40));
    refused(Errno.EINVAL, kernel.pread(dma.cdev, word, 1 << 20));
    assertThat(kernel.pread(dma.cdev, word, (1 << 20) - 2)).isEqualTo(2);
  }

  /** How a device tells which iommufd it is bound to: a missing object is another error. */
  @Test
  void aPasidIsRefusedForWhatIsThereAndMissedForWhatIsNot() {
    Attached dma = new Attached();
    refused(Errno.EINVAL, attachPasid(dma.cdev, dma.ioas));
    refused(Errno.EINVAL, attachPasid(dma.cdev, dma.device));
    refused(Errno.ENOENT, attachPasid(dma.cdev, 77));
    int another = calls.ioasAlloc(dma.iommufd);
    refused(Errno.EINVAL, attachPasid(dma.cdev, another));
    ok(calls.destroy(dma.iommufd, another));
    refused(Errno.ENOENT, attachPasid(dma.cdev, another));
    ok(dma.map(memfd(PAGE), 0, PAGE, IOVA));
    assertThat(dma.pa(IOVA)).as("it is attached as before").isPositive();
  }

  private int attachPasid(int cdev, int pageTable) {
    MemorySegment in = calls.struct(vfio_device_attach_iommufd_pt.LAYOUT);
    vfio_device_attach_iommufd_pt.flags.set(in, VFIO_DEVICE_ATTACH_PASID);
    vfio_device_attach_iommufd_pt.pt_id.set(in, pageTable);
    vfio_device_attach_iommufd_pt.pasid.set(in, 1);
    return kernel.ioctl(cdev, VFIO_DEVICE_ATTACH_IOMMUFD_PT, in);
  }
}
