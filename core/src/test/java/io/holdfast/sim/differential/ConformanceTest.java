package io.holdfast.sim.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sim.KernelUnderTest;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What random programs have shown about Linux 7.3, one question a test; runs on the simulation and,
 * in the guest, on the kernel. Where two programs' frames are the same is told by their numbers.
 */
class ConformanceTest {
  private static void answers(String text) {
    answers(
        Corpus.Entry.parse(text.lines().filter(line -> !line.isBlank()).toList()),
        KernelUnderTest.create());
  }

  /** Fails unless a kernel, which is closed then, answers as expected. */
  static void answers(Corpus.Entry expected, KernelUnderTest underTest) {
    try (underTest) {
      List<Answer> answers = new Interpreter(underTest).run(expected.program());
      int at =
          Comparison.firstDifference(expected.program(), expected.answers(), answers).orElse(-1);
      assertThat(at < 0 ? "" : expected.program().steps().get(at) + " -> " + answers.get(at))
          .describedAs("where the kernel answers %s", at < 0 ? "" : expected.answers().get(at))
          .isEmpty();
    }
  }

  @Test
  void offsetsAreLookedAtBeforeTheDescriptor() {
    answers(
        """
        pread on=-1 offset=-1 -> EINVAL
        pwrite on=-1 offset=-1 -> EINVAL
        ftruncate on=-1 length=-1 -> EINVAL
        pread on=-1 -> EBADF
        readlink on=-1 -> ENOENT
        v0 = mmap on=-1 length=0x1000 offset=0x800 -> EINVAL
        v0 = mmap on=-1 length=0x1000 -> EBADF
        """);
  }

  @Test
  void mappingsAreRefusedInOrder() {
    answers(
        """
        f0 = memfd_create name="m" flags=2 -> 0
        ftruncate on=f0 length=0x1000 -> 0
        v0 = mmap on=f0 length=0 -> EINVAL
        v0 = mmap on=f0 length=-1 -> ENOMEM
        v0 = mmap on=f0 length=0x1000 offset=0xfffffffffffff000 -> EOVERFLOW
        v0 = mmap on=-1 length=0x1000 flags=0x21 offset=0xfffffffffffff000 -> 0
        v0 = mmap on=f0 length=0x1000 flags=3 -> 0
        v0 = mmap on=f0 length=0x1000 flags=0 -> EINVAL
        f1 = open path="/dev/iommu" flags=2 -> 0
        v0 = mmap on=f1 length=0x1000 flags=1 -> ENXIO
        v0 = mmap on=f1 length=0x1000 flags=2 -> EINVAL
        """);
  }

  @Test
  void aSharedMappingKeepsTheFileWritable() {
    answers(
        """
        f0 = memfd_create name="m" flags=0x12 -> 0
        ftruncate on=f0 length=0x1000 -> 0
        v0 = mmap on=f0 length=0x1000 prot=1 flags=1 -> 0
        fcntl on=f0 command=0x409 argument=8 -> EBUSY
        fcntl on=f0 command=0x409 argument=0x20 -> EBUSY
        munmap at=v0 -> 0
        v0 = mmap on=f0 length=0x1000 prot=3 flags=2 -> 0
        fcntl on=f0 command=0x409 argument=8 -> 0
        v0 = mmap on=f0 length=0x1000 prot=1 flags=1 -> 0
        """);
  }

  @Test
  void filesThatAreNotOnADiskTellWhatTheyAre() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        statx on=f0 -> 0 mode 20660 links 1 size 0
        f1 = open path="/dev/liveupdate" flags=2 -> 0
        statx on=f1 -> 0 mode 20600 links 1 size 0
        fcntl on=f1 command=3 -> 8002
        f2 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f1 name="\u00e4" -> 0
        statx on=f2 -> 0 mode 600 links 1 size 0
        fcntl on=f2 command=3 -> 2
        readlink on=f2 -> 0 anon_inode:[luo_session] \u00e4
        f3 = eventfd flags=0x800 -> 0
        statx on=f3 -> 0 mode 600 links 1 size 0
        fcntl on=f3 command=3 -> 802
        pread on=f3 -> ESPIPE
        f4 = memfd_create name="m" flags=0x10 -> 0
        ioctl on=f4 number=0xba40 argument=0 -> ENOTTY
        """);
  }

  @Test
  void optionsFindTheirObjectFirst() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        IOMMU_OPTION on=f0 option_id=1 op=2 object_id=o0 -> ENOENT
        IOMMU_OPTION on=f0 op=1 -> 0
        IOMMU_OPTION on=f0 op=0 val64=1 -> 0
        IOMMU_OPTION on=f0 op=1 -> 0 +16=1
        o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
        IOMMU_OPTION on=f0 option_id=1 op=2 object_id=o0 -> EOPNOTSUPP
        IOMMU_OPTION on=f0 op=0 val64=1 -> EBUSY
        """);
  }

  @Test
  void anIommufdAnswersAsAContainerWithoutAnIoas() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        ioctl on=f0 number=0x3b64 argument=0 -> 0
        ioctl on=f0 number=0x3b65 argument=1 -> 1
        ioctl on=f0 number=0x3b65 argument=4 -> ENODEV
        ioctl on=f0 number=0x3b65 argument=8 -> 1
        ioctl on=f0 number=0x3b66 argument=1 -> ENODEV
        ioctl on=f0 number=0x3b66 argument=8 -> EINVAL
        ioctl on=f0 number=0x3b71 argument=0 -> EFAULT
        ioctl on=f0 number=0x3b73 argument=0 -> ENOTTY
        IOMMU_IOAS_MAP on=f0 number=0x3b71 size=31 -> EINVAL
        IOMMU_IOAS_MAP on=f0 number=0x3b71 size=32 flags=4 -> EINVAL
        IOMMU_IOAS_MAP on=f0 number=0x3b71 size=32 flags=3 -> ENODEV
        """);
  }

  @Test
  void mapLooksAtLengthsBeforeTheFile() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=-1 length=0 -> EINVAL
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=-1 start=0xfffffffffffff000 length=0x2000 -> EOVERFLOW
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=-1 length=0x1000 -> EBADF
        f1 = memfd_create name="m" flags=0x12 -> 0
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f1 length=0xfffffffffffff000 -> EINVAL
        IOMMU_IOAS_MAP on=f0 flags=7 ioas_id=o0 user_va=0xfffffffffffff000 length=0x2000 -> EOVERFLOW
        IOMMU_IOAS_MAP_FILE on=f0 flags=6 ioas_id=o0 fd=f1 start=0x8000000000000000 length=0x1000 -> 0 +32=1000
        """);
  }

  @Test
  void aPrivateMappingThatCannotBeWrittenIsNotForWriting() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
        VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> 0 +8=3
        f2 = memfd_create name="m" flags=0x12 -> 0
        ftruncate on=f2 length=0x4000 -> 0
        v0 = mmap on=f2 length=0x4000 prot=1 flags=2 -> 0
        IOMMU_IOAS_MAP on=f0 flags=7 ioas_id=o0 user_va=v0 length=0x1000 iova=0x1000 -> EFAULT
        IOMMU_IOAS_MAP on=f0 flags=5 ioas_id=o0 user_va=v0 length=0x1000 iova=0x1000 -> 0
        """);
  }

  @Test
  void pinnedPagesCanBeCopiedAfterTheFileHasShrunk() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
        VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> 0 +8=3
        f2 = memfd_create name="m" flags=0x12 -> 0
        ftruncate on=f2 length=0x4000 -> 0
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x4000 iova=0x10000 -> 0
        ftruncate on=f2 length=0 -> 0
        IOMMU_IOAS_COPY on=f0 flags=7 dst_ioas_id=o0 src_ioas_id=o0 length=0x1000 src_iova=0x11000 dst_iova=0x1000 -> 0
        pages on=f0 ioas_id=o0 iova=0x10000 count=4 -> 0 0 0 0 0 | frames 0 1 2 3
        pages on=f0 ioas_id=o0 iova=0x1000 count=1 -> 0 0 | frames 1
        VFIO_DEVICE_DETACH_IOMMUFD_PT on=f1 -> 0
        VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> EINVAL
        """);
  }

  @Test
  void requestsReadTheirSizeFirst() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        ioctl on=f0 number=0xba80 argument=0 -> EFAULT
        ioctl on=f0 number=0xba96 argument=0 -> ENOTTY
        f1 = open path="/dev/liveupdate" flags=2 -> 0
        ioctl on=f1 number=0 argument=0 -> EFAULT
        ioctl on=f1 number=0xba02 argument=0 -> EINVAL
        """);
  }

  @Test
  void aPrivateMappingHasItsOwnPagesAsFarAsTheFileGoes() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
        VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> 0 +8=3
        f2 = memfd_create name="m" flags=0x12 -> 0
        ftruncate on=f2 length=0x3000 -> 0
        v0 = mmap on=f2 length=0x4000 prot=3 flags=2 -> 0
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x3000 iova=0x10000 -> 0
        IOMMU_IOAS_MAP on=f0 flags=5 ioas_id=o0 user_va=v0 length=0x3000 iova=0x30000 -> 0
        IOMMU_IOAS_MAP on=f0 flags=7 ioas_id=o0 user_va=v0 length=0x3000 iova=0x40000 -> 0
        IOMMU_IOAS_MAP on=f0 flags=5 ioas_id=o0 user_va=v0+0x2000 length=0x2000 iova=0x60000 -> EFAULT
        pages on=f0 ioas_id=o0 iova=0x10000 count=3 -> 0 0 0 0 | frames 0 1 2
        pages on=f0 ioas_id=o0 iova=0x30000 count=3 -> 0 0 0 0 | frames 3 4 5
        pages on=f0 ioas_id=o0 iova=0x40000 count=3 -> 0 0 0 0 | frames 3 4 5
        """);
  }

  @Test
  void bindLooksAtTheIommufdBeforeTheDevice() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        f2 = open path="cdev" flags=2 -> 0
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
        VFIO_DEVICE_BIND_IOMMUFD on=f2 iommufd=f1 -> EBADFD
        VFIO_DEVICE_BIND_IOMMUFD on=f2 iommufd=f0 -> EINVAL
        VFIO_DEVICE_BIND_IOMMUFD on=f2 iommufd=f0 flags=1 -> EFAULT
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=-1 argsz=15 -> EINVAL
        VFIO_DEVICE_DETACH_IOMMUFD_PT on=f1 flags=1 argsz=8 -> EINVAL
        VFIO_DEVICE_DETACH_IOMMUFD_PT on=f1 flags=1 -> 0
        VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 flags=1 pt_id=o9 -> ENOENT
        VFIO_DEVICE_PCI_HOT_RESET on=f1 count=1 -> EINVAL
        VFIO_DEVICE_PCI_HOT_RESET on=f1 -> ENODEV
        """);
  }

  @Test
  void whatADriverWritesIntoTheHeaderIsUndoneWhenItCloses() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
        pwrite on=f1 offset=0x70000000004 bytes=2 value=-1 -> 2
        pread on=f1 offset=0x70000000004 bytes=2 -> 2 0705
        pwrite on=f1 offset=0x7000000003c bytes=1 value=0x55 -> 1
        pread on=f1 offset=0x7000000003c bytes=1 -> 1 55
        pwrite on=f1 offset=0x700000000fc bytes=4 value=0x12345678 -> 4
        close on=f1 -> 0
        f1 = open path="cdev" flags=2 -> 0
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
        pread on=f1 offset=0x70000000004 bytes=2 -> 2 0301
        pread on=f1 offset=0x7000000003c bytes=1 -> 1 0a
        pread on=f1 offset=0x700000000fc bytes=4 -> 4 78563412
        pwrite on=f1 offset=0x700000000fc bytes=4 value=0 -> 4
        pread on=f1 offset=0 bytes=2 -> 2 0000
        pread on=f1 offset=0x20 bytes=8 -> 8 ffffffffffffffff
        """);
  }

  @Test
  void oneKindOfInterruptAtATime() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
        f2 = eventfd flags=0x800 -> 0
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=0x22 index=1 count=1 data=1 -> EINVAL
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=0x24 index=1 count=1 data=f2 -> 0
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=0x22 index=1 count=1 data=1 -> 0
        read on=f2 -> 8 0100000000000000
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=0x24 index=0 count=1 data=f2 -> EINVAL
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=0x24 index=1 count=1 data=-1 -> 0
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=0x24 index=0 count=1 data=f2 -> EINVAL
        VFIO_DEVICE_SET_IRQS on=f1 flags=0x21 index=1 count=0 -> 0
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=0x24 index=0 count=1 data=f2 -> 0
        VFIO_DEVICE_SET_IRQS on=f1 flags=0x21 index=0 count=1 -> 0
        read on=f2 -> 8 0100000000000000
        VFIO_DEVICE_SET_IRQS on=f1 flags=9 index=0 count=1 -> 0
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=12 index=0 count=1 data=f2 -> ENOTTY
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=0x14 index=0 count=1 data=f2 -> 0
        VFIO_DEVICE_SET_IRQS on=f1 argsz=24 flags=0x24 index=3 count=1 data=-2 -> EINVAL
        VFIO_DEVICE_SET_IRQS on=f1 flags=4 index=4 count=0 -> ENOTTY
        """);
  }

  @Test
  void sessionsNoticeTheDirectionBeforeTheStruct() {
    answers(
        """
        f0 = open path="/dev/liveupdate" flags=2 -> 0
        f1 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="a" -> 0
        LIVEUPDATE_SESSION_FINISH on=f1 size=112 tail=1 -> EINVAL
        LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=-1 size=112 tail=1 -> E2BIG
        LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=-1 -> EBADF
        """);
  }

  @Test
  void aHugePageIsNotMappedFromItsMiddle() {
    answers(
        """
        f0 = memfd_create name="m" flags=0x54000004 -> 0
        v0 = mmap on=f0 length=1 offset=0x1000 -> EINVAL
        v0 = mmap on=f0 length=1 -> ENOMEM
        """);
  }

  @Test
  void aDriversMsiRegistersAreItsOwn() {
    answers(
        """
        f0 = open path="/dev/iommu" -> 0
        f1 = open path="cdev" flags=2 -> 0
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
        pwrite on=f1 offset=0x70000000042 bytes=8 -> 8
        pread on=f1 offset=0x70000000040 bytes=4 -> 4 05000000
        pwrite on=f1 offset=0x70000000040 bytes=8 value=-1 -> 8
        pread on=f1 offset=0x70000000040 bytes=8 -> 8 05008e00ffffffff
        close on=f1 -> 0
        f1 = open path="cdev" flags=2 -> 0
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
        pread on=f1 offset=0x70000000040 bytes=8 -> 8 0500800000000000
        """);
  }

  @Test
  void theLimitOfLockedMemoryIsTheOneOfTheDay() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        o0 = VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
        f2 = memfd_create name="m" flags=0x12 -> 0
        ftruncate on=f2 length=0x4000 -> 0
        o1 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=2
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o1 fd=f2 length=0x2000 iova=0x10000 memlock=0 -> 0
        o2 = IOMMU_HWPT_ALLOC on=f0 dev_id=o0 pt_id=o1 memlock=0x1000 -> ENOMEM
        o2 = IOMMU_HWPT_ALLOC on=f0 dev_id=o0 pt_id=o1 -> 0 +16=3
        IOMMU_IOAS_COPY on=f0 flags=7 dst_ioas_id=o1 src_ioas_id=o1 length=0x2000 src_iova=0x10000 dst_iova=0x20000 memlock=0 -> 0
        """);
  }

  @Test
  void ofAMappingOfAnyLengthAPageCanBePinned() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
        VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> 0 +8=3
        f2 = memfd_create name="m" flags=2 -> 0
        ftruncate on=f2 length=0x4000 -> 0
        o1 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=4
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o1 fd=f2 length=0x8000000000000000 iova=0x2000 -> 0
        IOMMU_IOAS_COPY on=f0 flags=7 dst_ioas_id=o0 src_ioas_id=o1 length=0x2000 src_iova=0x3000 dst_iova=0x10000 -> 0
        pages on=f0 ioas_id=o0 iova=0x10000 count=2 -> 0 0 0 | frames 0 1
        IOMMU_IOAS_COPY on=f0 flags=7 dst_ioas_id=o0 src_ioas_id=o1 length=0x4000 src_iova=0x3000 dst_iova=0x20000 -> EINVAL
        """);
  }

  @Test
  void aFaultQueueIsLookedForWhenThePageTableIsMade() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        o0 = VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
        o1 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=2
        f2 = memfd_create name="m" flags=0x12 -> 0
        ftruncate on=f2 length=0x4000 -> 0
        o2 = IOMMU_HWPT_ALLOC on=f0 dev_id=o0 pt_id=o1 flags=4 -> ENOENT
        o2 = IOMMU_HWPT_ALLOC on=f0 dev_id=o0 pt_id=o1 flags=6 -> EOPNOTSUPP
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o1 fd=f2 length=0x800 iova=0x10000 -> 0
        o2 = IOMMU_HWPT_ALLOC on=f0 dev_id=o0 pt_id=o1 flags=4 -> EADDRINUSE
        """);
  }

  @Test
  void nothingIsLeftOfAProgramThatHasEnded() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
        VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> 0 +8=3
        f2 = memfd_create name="m" flags=0x12 -> 0
        ftruncate on=f2 length=0x4000 -> 0
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x4000 iova=0x10000 memlock=0x4000 -> 0
        f3 = open path="/dev/liveupdate" flags=2 -> 0
        f4 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f3 name="a" -> 0
        LIVEUPDATE_SESSION_PRESERVE_FD on=f4 fd=f2 token=1 -> 0
        end -> 0
        """);
  }

  /** The file is held by its own mapping; the guest is none the worse for it. */
  @Test
  void anIommufdThatMapsItselfIsHeldForEver() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
        IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f0 length=0x1000 iova=0x10000 -> 0
        end -> 0 files 1
        """);
  }

  /** What is preserved or pinned is in use, as F_SEAL_WRITE sees it; F_SEAL_EXEC brings that. */
  @Test
  void memoryInUseCannotBeSealedAgainstWriting() {
    answers(
        """
        f1 = open path="/dev/liveupdate" -> 0
        f0 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f1 name="b" -> 0
        f7 = memfd_create name="m" flags=2 -> 0
        ftruncate on=f7 length=1 -> 0
        LIVEUPDATE_SESSION_PRESERVE_FD on=f0 fd=f7 -> 0
        fcntl on=f7 command=0x409 argument=0x21 -> EBUSY
        fcntl on=f7 command=0x409 argument=8 -> EBUSY
        fcntl on=f7 command=0x409 argument=0x10 -> 0
        fcntl on=f7 command=0x409 argument=6 -> 0
        close on=f0 -> 0
        fcntl on=f7 command=0x409 argument=8 -> 0
        f2 = memfd_create name="n" flags=2 -> 0
        ftruncate on=f2 length=0x2000 -> 0
        f3 = open path="/dev/iommu" flags=2 -> 0
        f4 = open path="cdev" flags=2 -> 0
        o0 = IOMMU_IOAS_ALLOC on=f3 -> 0 +8=1
        IOMMU_IOAS_MAP_FILE on=f3 flags=7 ioas_id=o0 fd=f2 length=0x1000 iova=0x10000 -> 0
        VFIO_DEVICE_BIND_IOMMUFD on=f4 iommufd=f3 -> 0 +12=2
        VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f4 pt_id=o0 -> 0 +8=3
        fcntl on=f2 command=0x409 argument=8 -> EBUSY
        VFIO_DEVICE_DETACH_IOMMUFD_PT on=f4 -> 0
        fcntl on=f2 command=0x409 argument=8 -> 0
        """);
  }

  /** By the number of PRESERVE_FD; no descriptor is named. */
  @Test
  void aRequestByAnothersNumber() {
    answers(
        """
        f2 = open path="/dev/liveupdate" -> 0
        f1 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f2 name="nic0" -> 0
        f3 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 number=0xba40 -> EBADF
        """);
  }

  @Test
  void aGroupThatHasNoContainerCannotLoseIt() {
    answers(
        """
        f10 = open path="group" -> 0
        ioctl on=f10 number=0x3b69 -> EINVAL
        """);
  }

  @Test
  void aGroupAndTheDevicesNodeExcludeEachOther() {
    answers(
        """
        f0 = open path="/dev/iommu" flags=2 -> 0
        f1 = open path="cdev" flags=2 -> 0
        f2 = open path="group" flags=2 -> 0
        f3 = open path="group" flags=2 -> EBUSY
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> EBUSY
        close on=f2 -> 0
        VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
        f2 = open path="group" flags=2 -> EBUSY
        close on=f1 -> 0
        f2 = open path="group" flags=2 -> 0
        """);
  }

  @Test
  void aFileThatNothingKeeps() {
    answers(
        """
        f0 = open path="/dev/null" flags=2 -> 0
        pread on=f0 bytes=8 -> 0
        pwrite on=f0 bytes=8 value=1 -> 8
        ftruncate on=f0 length=0 -> EINVAL
        v0 = mmap on=f0 length=0x1000 -> ENODEV
        f1 = open path="/dev/liveupdate" flags=2 -> 0
        f2 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f1 name="null" -> 0
        LIVEUPDATE_SESSION_PRESERVE_FD on=f2 fd=f0 token=1 -> ENOENT
        f3 = open path="cdev" flags=2 -> 0
        VFIO_DEVICE_BIND_IOMMUFD on=f3 iommufd=f0 -> EBADFD
        """);
  }
}
