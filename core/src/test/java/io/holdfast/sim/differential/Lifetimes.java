package io.holdfast.sim.differential;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What survives a kexec and what does not, as Linux 7.3 answers: programs by name, each with its
 * answers. The simulation is asked by {@link LifetimesConformanceTest}, the guest's kernel by
 * {@link Differential}.
 */
final class Lifetimes {
  private static final Map<String, String> TEXTS =
      Map.of(
          "filesComeBackInAnyOrderAndMoreThanOnce",
          """
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="life-order" -> 0
          f2 = memfd_create name="m" flags=0x12 -> 0
          ftruncate on=f2 length=0x1000 -> 0
          f3 = memfd_create name="m" flags=0x12 -> 0
          ftruncate on=f3 length=5000 -> 0
          f4 = memfd_create name="m" flags=0x12 -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f2 token=1 -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f3 token=-1 -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f4 token=0 -> 0
          pwrite on=f3 bytes=8 value=33 -> 8
          kexec -> 0
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-order" -> 0
          f3 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=-1 -> 0
          statx on=f3 -> 0 mode 100777 links 0 size 1388
          fcntl on=f3 command=1 -> 1
          pread on=f3 bytes=8 -> 8 2100000000000000
          f4 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=0 -> 0
          f2 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=1 -> 0
          f5 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=1 -> 0
          pwrite on=f5 bytes=8 value=7 -> 8
          pread on=f2 bytes=8 -> 8 0700000000000000
          f6 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=4711 -> ENOENT
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f2 token=5 -> EINVAL
          f7 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="life-order" -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f7 fd=f2 token=1 -> EBUSY
          LIVEUPDATE_SESSION_FINISH on=f1 -> 0
          LIVEUPDATE_SESSION_FINISH on=f1 -> 0
          f6 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=1 -> ENOENT
          LIVEUPDATE_SESSION_PRESERVE_FD on=f7 fd=f2 token=1 -> 0
          """,
          "aFileComesBackAtThePositionThatItHadAtTheKexec",
          """
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="life-position" -> 0
          f2 = memfd_create name="m" flags=0x12 -> 0
          ftruncate on=f2 length=0x1000 -> 0
          pwrite on=f2 offset=16 bytes=8 value=7 -> 8
          read on=f2 bytes=8 -> 8 0000000000000000
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f2 token=1 -> 0
          read on=f2 bytes=8 -> 8 0000000000000000
          kexec -> 0
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-position" -> 0
          f2 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=1 -> 0
          read on=f2 bytes=8 -> 8 0700000000000000
          f3 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=1 -> 0
          read on=f3 bytes=8 -> 8 0000000000000000
          read on=f2 bytes=8 -> 8 0000000000000000
          """,
          "aFileComesBackWithTheSealsThatItHadWhenItWasPreserved",
          """
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="life-late-seals" -> 0
          f2 = memfd_create name="m" flags=0x12 -> 0
          ftruncate on=f2 length=0x1000 -> 0
          fcntl on=f2 command=0x409 argument=2 -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f2 token=1 -> 0
          fcntl on=f2 command=0x409 argument=5 -> 0
          fcntl on=f2 command=0x40a -> 7
          kexec -> 0
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-late-seals" -> 0
          f2 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=1 -> 0
          fcntl on=f2 command=0x40a -> 2
          fcntl on=f2 command=0x409 argument=4 -> 0
          """,
          "sessionsAreTakenOnceAndGoneWhenClosed",
          """
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="life-once" -> 0
          f2 = memfd_create name="m" flags=0x12 -> 0
          pwrite on=f2 bytes=8 value=5 -> 8
          f3 = memfd_create name="m" flags=0x12 -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f2 token=1 -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f3 token=2 -> 0
          f4 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="life-closed" -> 0
          close on=f4 -> 0
          kexec -> 0
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-closed" -> ENOENT
          f1 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-once" -> 0
          f2 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-once" -> EINVAL
          f3 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=1 -> 0
          close on=f1 -> 0
          f1 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-once" -> ENOENT
          pread on=f3 bytes=8 -> 8 0500000000000000
          """,
          "aFileWithTheExecSealComesBackUnwritable",
          """
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="life-seals" -> 0
          f2 = memfd_create name="m" flags=8 -> 0
          ftruncate on=f2 length=0x1000 -> 0
          fcntl on=f2 command=0x40a -> 20
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f2 token=1 -> 0
          f3 = memfd_create name="m" flags=0x12 -> 0
          ftruncate on=f3 length=0x1000 -> 0
          fcntl on=f3 command=0x409 argument=6 -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f3 token=2 -> 0
          kexec -> 0
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-seals" -> 0
          f2 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=1 -> 0
          fcntl on=f2 command=0x40a -> 3e
          pwrite on=f2 bytes=1 -> EPERM
          v0 = mmap on=f2 length=0x1000 -> EPERM
          f3 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f1 token=2 -> 0
          fcntl on=f3 command=0x40a -> 6
          pwrite on=f3 bytes=1 -> 1
          ftruncate on=f3 length=0 -> EPERM
          """,
          "aSessionNotRetrievedIsGoneAfterTheNextKexec",
          """
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="life-late" -> 0
          f2 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f0 name="life-empty" -> 0
          f3 = memfd_create name="m" flags=0x12 -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f1 fd=f3 token=1 -> 0
          kexec -> 0
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f2 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-empty" -> 0
          LIVEUPDATE_SESSION_GET_NAME on=f2 -> 0 +8=6566696c +12=706d652d +16=7974
          kexec -> 0
          f0 = open path="/dev/liveupdate" flags=2 -> 0
          f1 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-late" -> ENOENT
          f2 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f0 name="life-empty" -> ENOENT
          """,
          "memoryKeepsItsBytesAndPlaceOverKexecs",
          """
          f0 = open path="/dev/iommu" flags=2 -> 0
          f1 = open path="cdev" flags=2 -> 0
          o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
          VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
          VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> 0 +8=3
          pwrite on=f1 offset=0x70000000004 bytes=2 value=0x107 -> 2
          f2 = memfd_create name="m" flags=0x12 -> 0
          ftruncate on=f2 length=0x4000 -> 0
          pwrite on=f2 offset=0x2ff8 bytes=16 value=0x1234 -> 10
          IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x4000 iova=0x10000 -> 0
          pages on=f0 ioas_id=o0 iova=0x10000 count=4 -> 0 0 0 0 0 | frames 0 1 2 3
          f3 = open path="/dev/liveupdate" flags=2 -> 0
          f4 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f3 name="life-place" -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f4 fd=f2 token=1 -> 0
          kexec -> 0
          f3 = open path="/dev/liveupdate" flags=2 -> 0
          f4 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f3 name="life-place" -> 0
          f2 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f4 token=1 -> 0
          pread on=f2 offset=0x2ff8 bytes=16 -> 10 34120000000000003412000000000000
          f0 = open path="/dev/iommu" flags=2 -> 0
          f1 = open path="cdev" flags=2 -> 0
          o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
          VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
          pread on=f1 offset=0x70000000004 bytes=2 -> 2 0301
          VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> 0 +8=3
          IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x4000 iova=0x20000 -> 0
          pages on=f0 ioas_id=o0 iova=0x20000 count=4 -> 0 0 0 0 0 | frames 0 1 2 3
          LIVEUPDATE_SESSION_FINISH on=f4 -> 0
          ftruncate on=f2 length=0x8000 -> 0
          f5 = LIVEUPDATE_IOCTL_CREATE_SESSION on=f3 name="life-place" -> 0
          LIVEUPDATE_SESSION_PRESERVE_FD on=f5 fd=f2 token=9 -> 0
          kexec -> 0
          f3 = open path="/dev/liveupdate" flags=2 -> 0
          f4 = LIVEUPDATE_IOCTL_RETRIEVE_SESSION on=f3 name="life-place" -> 0
          f2 = LIVEUPDATE_SESSION_RETRIEVE_FD on=f4 token=9 -> 0
          statx on=f2 -> 0 mode 100777 links 0 size 8000
          pread on=f2 offset=0x2ff8 bytes=16 -> 10 34120000000000003412000000000000
          f0 = open path="/dev/iommu" flags=2 -> 0
          f1 = open path="cdev" flags=2 -> 0
          o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
          VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
          VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0 -> 0 +8=3
          IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x4000 iova=0x30000 -> 0
          pages on=f0 ioas_id=o0 iova=0x30000 count=4 -> 0 0 0 0 0 | frames 0 1 2 3
          """);

  /**
   * The device's own node, mapped as a file into an IOAS of the iommufd that it is bound to, holds
   * the iommufd, and that the node: nobody can bind the device again before the next kexec.
   */
  private static final String HELD_DEVICE =
      """
      f0 = open path="/dev/iommu" flags=2 -> 0
      f1 = open path="cdev" flags=2 -> 0
      o0 = IOMMU_IOAS_ALLOC on=f0 -> 0 +8=1
      VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=2
      IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f1 length=0x1000 iova=0x10000 -> 0
      end -> 0 files 2
      f0 = open path="/dev/iommu" flags=2 -> 0
      f1 = open path="cdev" flags=2 -> 0
      VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> EINVAL
      kexec -> 0
      f0 = open path="/dev/iommu" flags=2 -> 0
      f1 = open path="cdev" flags=2 -> 0
      VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0 -> 0 +12=1
      end -> 0
      """;

  private Lifetimes() {}

  static Map<String, Corpus.Entry> entries() {
    Map<String, Corpus.Entry> entries = new LinkedHashMap<>();
    TEXTS.forEach((name, text) -> entries.put(name, Corpus.Entry.parse(text.lines().toList())));
    entries.putAll(last());
    return entries;
  }

  /** Those that leave a kernel unusable, and so have to be the last in it. */
  static Map<String, Corpus.Entry> last() {
    return Map.of(
        "aDeviceThatMapsItselfIsHeldUntilTheNextKexec",
        Corpus.Entry.parse(HELD_DEVICE.lines().toList()));
  }
}
