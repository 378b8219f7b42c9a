package io.holdfast.sim;

import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_noiommu_get_pa;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** The contract's lines about IOMMU_IOAS_NOIOMMU_GET_PA. */
class GetPaContractTest extends ContractTest {
  @Test
  void needsAnAttachedDevice() {
    int iommufd = openIommu();
    int ioas = calls.ioasAlloc(iommufd);
    ok(calls.mapFile(iommufd, ioas, memfd(PAGE), 0, PAGE, IOVA, RW));
    refused(Errno.EOPNOTSUPP, calls.getPa(iommufd, ioas, IOVA, PAGE));
    int cdev = openCdev();
    ok(calls.bind(cdev, iommufd));
    refused(Errno.EOPNOTSUPP, calls.getPa(iommufd, ioas, IOVA, PAGE));
    ok(calls.attach(cdev, ioas));
    ok(calls.getPa(iommufd, ioas, IOVA, PAGE));
    long before = calls.physicalAddress;
    ok(calls.detach(cdev));
    refused(Errno.EOPNOTSUPP, calls.getPa(iommufd, ioas, IOVA, PAGE));
    ok(calls.attach(cdev, ioas));
    ok(calls.getPa(iommufd, ioas, IOVA, PAGE));
    assertThat(calls.physicalAddress).isEqualTo(before);
  }

  @Test
  void answersFromAnyByteAndNeverPastTheMapping() {
    Attached dma = new Attached();
    ok(dma.map(memfd(4 << 20), 0, 4 << 20, IOVA));
    long first = dma.pa(IOVA);
    ok(dma.getPa(IOVA + 0x123, 100_000));
    assertThat(calls.physicalAddress).isEqualTo(first + 0x123);
    assertThat(calls.length).isBetween((long) PAGE - 0x123, 100_000L);
    assertThat((calls.length + 0x123) % PAGE == 0 || calls.length == 100_000).isTrue();
    ok(dma.getPa(IOVA + (4 << 20) - 8, 100_000));
    assertThat(calls.length).isEqualTo(8);
  }

  @Test
  void walkingCoversEveryPageOnce() {
    Attached dma = new Attached();
    long bytes = 8 << 20;
    ok(dma.map(memfd(bytes), 0, bytes, IOVA));
    long at = 0;
    while (at < bytes) {
      ok(dma.getPa(IOVA + at, bytes - at));
      assertThat(calls.length).isPositive().isLessThanOrEqualTo(bytes - at);
      long run = calls.length;
      long start = calls.physicalAddress;
      ok(dma.getPa(IOVA + at + run - PAGE, PAGE));
      assertThat(calls.physicalAddress).isEqualTo(start + run - PAGE);
      at += run;
    }
    assertThat(at).isEqualTo(bytes);
  }

  @Test
  void refusesWhatIsNotMapped() {
    Attached dma = new Attached();
    ok(dma.map(memfd(PAGE), 0, PAGE, IOVA));
    refused(Errno.ENOENT, dma.getPa(0x3_0000_0000L, PAGE));
    refused(Errno.ENOENT, dma.getPa(IOVA + PAGE, PAGE));
    refused(Errno.ENOENT, calls.getPa(dma.iommufd, 9999, IOVA, PAGE));
    refused(Errno.ENOENT, calls.getPa(dma.iommufd, dma.hwpt, IOVA, PAGE));
  }

  @Test
  void refusesEdges() {
    Attached dma = new Attached();
    ok(dma.map(memfd(PAGE), 0, PAGE, IOVA));
    refused(Errno.EINVAL, dma.getPa(IOVA, 0));
    refused(Errno.EOVERFLOW, dma.getPa(-1L, PAGE));
    refused(Errno.EOVERFLOW, calls.getPa(dma.iommufd, 9999, -1L, PAGE));
    refused(Errno.EINVAL, calls.getPa(dma.iommufd, 9999, IOVA, 0));
    refused(Errno.ENOENT, dma.getPa(-2L, 4));
    ok(dma.getPa(IOVA, -1L));
    assertThat(calls.length).isEqualTo(PAGE);
    refused(Errno.ENOENT, calls.getPa(dma.iommufd, calls.ioasAlloc(dma.iommufd), 0x5000, 4));
  }

  @Test
  void refusesFlagsAndShortStructs() {
    Attached dma = new Attached();
    ok(dma.map(memfd(PAGE), 0, PAGE, IOVA));
    MemorySegment request = calls.struct(iommu_ioas_noiommu_get_pa.LAYOUT);
    iommu_ioas_noiommu_get_pa.flags.set(request, 1);
    iommu_ioas_noiommu_get_pa.ioas_id.set(request, dma.ioas);
    iommu_ioas_noiommu_get_pa.iova.set(request, IOVA);
    iommu_ioas_noiommu_get_pa.length.set(request, PAGE);
    refused(Errno.EOPNOTSUPP, kernel.ioctl(dma.iommufd, IOMMU_IOAS_NOIOMMU_GET_PA, request));
    iommu_ioas_noiommu_get_pa.flags.set(request, 0);
    iommu_ioas_noiommu_get_pa.__reserved.set(request, 1);
    refused(Errno.EOPNOTSUPP, kernel.ioctl(dma.iommufd, IOMMU_IOAS_NOIOMMU_GET_PA, request));
    iommu_ioas_noiommu_get_pa.__reserved.set(request, 0);
    iommu_ioas_noiommu_get_pa.size.set(request, 16);
    refused(Errno.EINVAL, kernel.ioctl(dma.iommufd, IOMMU_IOAS_NOIOMMU_GET_PA, request));
  }

  @Test
  void anExplicitPageTableIsEnough() {
    int iommufd = openIommu();
    int ioas = calls.ioasAlloc(iommufd);
    int cdev = openCdev();
    ok(calls.bind(cdev, iommufd));
    int device = (int) calls.answer;
    ok(calls.mapFile(iommufd, ioas, memfd(PAGE), 0, PAGE, IOVA, RW));
    ok(calls.hwptAlloc(iommufd, device, ioas, 0));
    int hwpt = (int) calls.answer;
    ok(calls.getPa(iommufd, ioas, IOVA, PAGE));
    refused(Errno.EBUSY, calls.destroy(iommufd, ioas));
    ok(calls.destroy(iommufd, hwpt));
    refused(Errno.EOPNOTSUPP, calls.getPa(iommufd, ioas, IOVA, PAGE));
  }

  @Test
  void twoMappingsAreTwoRuns() {
    Attached dma = new Attached();
    int memfd = memfd(2 * PAGE);
    ok(dma.map(memfd, 0, PAGE, IOVA));
    ok(dma.map(memfd, PAGE, PAGE, IOVA + PAGE));
    ok(dma.getPa(IOVA, 2 * PAGE));
    assertThat(calls.length).isEqualTo(PAGE);
  }

  @Test
  void needsRawio() {
    Attached dma = new Attached();
    ok(dma.map(memfd(PAGE), 0, PAGE, IOVA));
    underTest()
        .without(Credentials.CAP_SYS_RAWIO, () -> refused(Errno.EPERM, dma.getPa(IOVA, PAGE)));
    ok(dma.getPa(IOVA, PAGE));
  }

  @Test
  void theSamePagesHaveTheSameAddressAtEveryIova() {
    Attached dma = new Attached();
    int memfd = memfd(2 * PAGE);
    ok(dma.map(memfd, 0, 2 * PAGE, IOVA));
    ok(calls.mapFile(dma.iommufd, dma.ioas, memfd, PAGE, PAGE, 0x6_0000_0000L, 1 | 4));
    assertThat(dma.pa(0x6_0000_0000L)).isEqualTo(dma.pa(IOVA + PAGE));
    ok(calls.copy(dma.iommufd, dma.ioas, IOVA + PAGE, dma.ioas, 0xA_0000_0000L, PAGE));
    assertThat(dma.pa(0xA_0000_0000L)).isEqualTo(dma.pa(IOVA + PAGE));
  }
}
