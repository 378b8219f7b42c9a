package io.holdfast.sim;

import static io.holdfast.uapi.IommufdUapi.IOMMU_GET_HW_INFO;
import static io.holdfast.uapi.IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
import static io.holdfast.uapi.IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_IOVA_RANGES;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_ATTACH_PASID;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.PciAddress;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.IommufdUapi.iommu_hw_info;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_iova_ranges;
import io.holdfast.uapi.IommufdUapi.iommu_iova_range;
import io.holdfast.uapi.VfioUapi.vfio_device_attach_iommufd_pt;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A device behind an IOMMU beside one without. On the running kernel the first is in slot {@code
 * -Dholdfast.translated} (0000:00:05.0 by default), behind QEMU's {@code intel-iommu}.
 */
class IommuContractTest extends ContractTest {
  private static final String TRANSLATED =
      System.getProperty("holdfast.translated", "0000:00:05.0");

  @Override
  KernelUnderTest create() {
    return System.getProperty(KernelUnderTest.PROPERTY) != null
        ? KernelUnderTest.create()
        : new SimulatedKernelUnderTest(
            SimulatedMachine.standard()
                .withDevice(PciAddress.parse(TRANSLATED), EduDevice.class)
                .withIommuPresent(true)
                .withIommuBypassedBy(SimulatedMachine.EDU_ADDRESS));
  }

  /** Both devices, bound to one iommufd, and an IOAS that none is attached to. */
  private final class Both {
    final int iommufd = openIommu();
    final int ioas = calls.ioasAlloc(iommufd);
    final int plain = openCdev();
    final int translated;
    final int plainId;
    final int translatedId;

    Both() {
      bindDriver(TRANSLATED);
      List<String> names = new ArrayList<>();
      kernel.listFolder("/sys/bus/pci/devices/" + TRANSLATED + "/vfio-dev", names);
      assertThat(names).singleElement().asString().startsWith("vfio");
      String path = "/dev/vfio/devices/" + names.getFirst();
      translated = keep(kernel.open(path, FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0));
      ok(calls.bind(plain, iommufd));
      plainId = (int) calls.answer;
      ok(calls.bind(translated, iommufd));
      translatedId = (int) calls.answer;
    }

    int attach(int cdev, int pageTable) {
      ok(calls.attach(cdev, pageTable));
      return (int) calls.answer;
    }

    int map(int target, long iova) {
      return calls.mapFile(iommufd, target, memfd(2L * PAGE), 0, 2L * PAGE, iova, RW);
    }

    int getPa(int target) {
      return calls.getPa(iommufd, target, IOVA, PAGE);
    }
  }

  @Test
  void eachHasItsIoasInOneIommufd() {
    Both both = new Both();
    int other = calls.ioasAlloc(both.iommufd);
    both.attach(both.plain, both.ioas);
    both.attach(both.translated, other);
    ok(both.map(both.ioas, IOVA));
    ok(both.map(other, IOVA));
    ok(both.getPa(both.ioas));
    refused(Errno.EOPNOTSUPP, both.getPa(other));
    ok(calls.copy(both.iommufd, other, IOVA, both.ioas, 2 * IOVA, 2L * PAGE));
    ok(calls.getPa(both.iommufd, both.ioas, 2 * IOVA, PAGE));
  }

  @Test
  void whereTheOneWithoutIsFirstThereAreTwoPageTables() {
    Both both = new Both();
    int first = both.attach(both.plain, both.ioas);
    ok(both.map(both.ioas, IOVA));
    ok(both.getPa(both.ioas));
    assertThat(both.attach(both.translated, both.ioas)).isNotEqualTo(first);
    ok(both.getPa(both.ioas));
    ok(calls.detach(both.translated));
    ok(both.getPa(both.ioas));
  }

  @Test
  void whereTheOneWithoutLeavesFirstItsAddressesAreGone() {
    Both both = new Both();
    both.attach(both.plain, both.ioas);
    ok(both.map(both.ioas, IOVA));
    int second = both.attach(both.translated, both.ioas);
    ok(calls.detach(both.plain));
    refused(Errno.EOPNOTSUPP, both.getPa(both.ioas));
    assertThat(both.attach(both.plain, both.ioas)).isEqualTo(second);
    refused(Errno.EOPNOTSUPP, both.getPa(both.ioas));
    ok(calls.detach(both.translated));
    refused(Errno.EOPNOTSUPP, both.getPa(both.ioas));
    ok(calls.detach(both.plain));
    both.attach(both.plain, both.ioas);
    ok(both.getPa(both.ioas));
  }

  @Test
  void theOneBehindTakesNoPageTableOfTheOneWithout() {
    Both both = new Both();
    ok(calls.hwptAlloc(both.iommufd, both.plainId, both.ioas, 0));
    int pageTable = (int) calls.answer;
    refused(Errno.EINVAL, calls.attach(both.translated, pageTable));
    int first = both.attach(both.translated, both.ioas);
    refused(Errno.ENODEV, calls.attach(both.translated, pageTable));
    assertThat(both.attach(both.translated, both.ioas)).isEqualTo(first);
  }

  @Test
  void ofThreePageTablesTheLastTakesThePlaceOfTheFirst() {
    Both both = new Both();
    ok(both.map(both.ioas, IOVA));
    ok(calls.hwptAlloc(both.iommufd, both.plainId, both.ioas, 0));
    int pageTable = (int) calls.answer;
    ok(both.getPa(both.ioas));
    both.attach(both.plain, both.ioas);
    both.attach(both.translated, both.ioas);
    ok(both.getPa(both.ioas));
    ok(calls.destroy(both.iommufd, pageTable));
    // Though a device without an IOMMU is attached, by a page table of its own.
    refused(Errno.EOPNOTSUPP, both.getPa(both.ioas));
    ok(calls.detach(both.translated));
    ok(both.getPa(both.ioas));
  }

  @Test
  void aPageTableThatWasMadeHoldsItsIoasAndTakesTheDeviceOver() {
    Both both = new Both();
    ok(calls.hwptAlloc(both.iommufd, both.translatedId, both.ioas, 0));
    int pageTable = (int) calls.answer;
    refused(Errno.EBUSY, calls.destroy(both.iommufd, both.ioas));
    refused(Errno.EOPNOTSUPP, calls.hwptAlloc(both.iommufd, both.translatedId, pageTable, 0));
    assertThat(both.attach(both.translated, both.ioas)).isNotEqualTo(pageTable);
    assertThat(both.attach(both.translated, pageTable)).isEqualTo(pageTable);
    assertThat(both.attach(both.translated, pageTable)).isEqualTo(pageTable); // No change.
    refused(Errno.EBUSY, calls.destroy(both.iommufd, pageTable));
    ok(calls.detach(both.translated));
    ok(calls.destroy(both.iommufd, pageTable));
    refused(Errno.ENOENT, calls.attach(both.translated, pageTable));
    ok(calls.destroy(both.iommufd, both.ioas));
  }

  @Test
  void anIoasTakesTheDeviceBackFromAPageTableThatWasMade() {
    Both both = new Both();
    ok(both.map(both.ioas, IOVA));
    int shared = both.attach(both.translated, both.ioas);
    ok(calls.hwptAlloc(both.iommufd, both.translatedId, both.ioas, 0));
    int pageTable = (int) calls.answer;
    both.attach(both.translated, pageTable);
    assertThat(both.attach(both.translated, both.ioas)).isNotEqualTo(pageTable);
    ok(calls.destroy(both.iommufd, pageTable));
    refused(Errno.ENOENT, calls.destroy(both.iommufd, pageTable));
    assertThat(shared).isNotEqualTo(pageTable);
  }

  @Test
  void whereTheOneBehindIsFirstTheOtherUsesItsPageTable() {
    Both both = new Both();
    int first = both.attach(both.translated, both.ioas);
    ok(both.map(both.ioas, IOVA));
    refused(Errno.EOPNOTSUPP, both.getPa(both.ioas));
    assertThat(both.attach(both.plain, both.ioas)).isEqualTo(first);
    refused(Errno.EOPNOTSUPP, both.getPa(both.ioas));
    ok(calls.detach(both.translated));
    refused(Errno.EOPNOTSUPP, both.getPa(both.ioas));
    ok(calls.detach(both.plain));
    both.attach(both.plain, both.ioas);
    ok(both.getPa(both.ioas));
  }

  @Test
  void itDoesNotTranslateEverything() {
    Both both = new Both();
    both.attach(both.translated, both.ioas);
    MemorySegment ranges = calls.memory(8 * iommu_iova_range.LAYOUT.size());
    MemorySegment request = calls.struct(iommu_ioas_iova_ranges.LAYOUT);
    iommu_ioas_iova_ranges.ioas_id.set(request, both.ioas);
    iommu_ioas_iova_ranges.num_iovas.set(request, 8);
    iommu_ioas_iova_ranges.allowed_iovas.set(request, ranges.address());
    ok(kernel.ioctl(both.iommufd, IOMMU_IOAS_IOVA_RANGES, request));
    assertThat(iommu_ioas_iova_ranges.num_iovas.get(request)).isEqualTo(2);
    assertThat(iommu_ioas_iova_ranges.out_iova_alignment.get(request)).isEqualTo(PAGE);
    assertThat(iommu_iova_range.start.get(ranges)).isZero();
    assertThat(iommu_iova_range.last.get(ranges)).isEqualTo(0xfedf_ffffL);
    MemorySegment second = ranges.asSlice(iommu_iova_range.LAYOUT.size());
    assertThat(iommu_iova_range.start.get(second)).isEqualTo(0xfef0_0000L);
    assertThat(iommu_iova_range.last.get(second)).isEqualTo(0x7f_ffff_ffffL);
    refused(Errno.EINVAL, both.map(both.ioas, 0xfee0_0000L));
    refused(Errno.EINVAL, both.map(both.ioas, 0x80_0000_0000L));
    refused(Errno.EINVAL, both.map(both.ioas, 0x7f_ffff_f000L));
    ok(both.map(both.ioas, 0x7f_ffff_e000L));
  }

  @Test
  void anIoasTakesNoPasidAndIsMissedWhenItIsNotThere() {
    Both both = new Both();
    refused(Errno.EINVAL, attachPasid(both.translated, both.ioas));
    refused(Errno.ENOENT, attachPasid(both.translated, 9999));
    both.attach(both.translated, both.ioas);
    refused(Errno.EINVAL, attachPasid(both.translated, both.ioas));
    refused(Errno.ENOENT, attachPasid(both.translated, 9999));
  }

  private int attachPasid(int cdev, int pageTable) {
    MemorySegment in = calls.struct(vfio_device_attach_iommufd_pt.LAYOUT);
    vfio_device_attach_iommufd_pt.flags.set(in, VFIO_DEVICE_ATTACH_PASID);
    vfio_device_attach_iommufd_pt.pt_id.set(in, pageTable);
    vfio_device_attach_iommufd_pt.pasid.set(in, 1);
    return kernel.ioctl(cdev, VFIO_DEVICE_ATTACH_IOMMUFD_PT, in);
  }

  @Test
  void whatIsMappedIsSeenByCopyingIt() {
    Both both = new Both();
    both.attach(both.translated, both.ioas);
    ok(both.map(both.ioas, IOVA));
    int other = calls.ioasAlloc(both.iommufd);
    ok(calls.copy(both.iommufd, both.ioas, IOVA, other, IOVA, 2L * PAGE));
    refused(
        Errno.ENOENT, calls.copy(both.iommufd, both.ioas, IOVA + PAGE, other, 2 * IOVA, 2L * PAGE));
    refused(Errno.ENOENT, calls.copy(both.iommufd, both.ioas, 3 * IOVA, other, 2 * IOVA, PAGE));
    ok(calls.destroy(both.iommufd, other));
  }

  @Test
  void hardwareAndPageTablesOfItsOwn() {
    Both both = new Both();
    MemorySegment request = calls.struct(iommu_hw_info.LAYOUT);
    iommu_hw_info.dev_id.set(request, both.translatedId);
    ok(kernel.ioctl(both.iommufd, IOMMU_GET_HW_INFO, request));
    iommu_hw_info.dev_id.set(request, both.plainId);
    iommu_hw_info.data_len.set(request, 0);
    refused(Errno.EOPNOTSUPP, kernel.ioctl(both.iommufd, IOMMU_GET_HW_INFO, request));
    for (int flag : new int[] {IOMMU_HWPT_ALLOC_NEST_PARENT, IOMMU_HWPT_ALLOC_DIRTY_TRACKING}) {
      refused(Errno.EOPNOTSUPP, calls.hwptAlloc(both.iommufd, both.translatedId, both.ioas, flag));
    }
    ok(calls.hwptAlloc(both.iommufd, both.translatedId, both.ioas, 0));
    int pageTable = (int) calls.answer;
    assertThat(both.attach(both.plain, pageTable)).isEqualTo(pageTable);
    refused(Errno.EBUSY, calls.destroy(both.iommufd, pageTable));
    ok(calls.detach(both.plain));
    ok(calls.destroy(both.iommufd, pageTable));
  }
}
