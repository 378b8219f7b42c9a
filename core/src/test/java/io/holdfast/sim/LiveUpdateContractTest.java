package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** The contract's lines about live-update sessions before the kexec, and about memfds. */
class LiveUpdateContractTest extends ContractTest {
  private int session(int liveupdate, String name) {
    return keep(calls.createSession(liveupdate, name));
  }

  @Test
  void oneOpener() {
    int liveupdate = openLiveupdate();
    refused(Errno.EBUSY, kernel.open("/dev/liveupdate", FcntlUapi.O_RDWR, 0));
    closeNow(liveupdate);
    openLiveupdate();
  }

  @Test
  void namesAreUniqueAndNotEmpty() {
    int liveupdate = openLiveupdate();
    int session = session(liveupdate, "contract");
    refused(Errno.EEXIST, calls.createSession(liveupdate, "contract"));
    refused(Errno.EINVAL, calls.createSession(liveupdate, ""));
    refused(Errno.ENOENT, calls.retrieveSession(liveupdate, "contract"));
    closeNow(session);
    session(liveupdate, "contract");
  }

  @Test
  void preserveRefuses() {
    int session = session(openLiveupdate(), "contract");
    int memfd = memfd(PAGE);
    ok(calls.preserve(session, memfd, 1));
    refused(Errno.EEXIST, calls.preserve(session, memfd(PAGE), 1));
    refused(Errno.EBUSY, calls.preserve(session, memfd, 2));
    refused(Errno.ENOENT, calls.preserve(session, keep(calls.memfd(MemfdUapi.MFD_HUGETLB, 0)), 5));
    refused(Errno.ENOENT, calls.preserve(session, keep(kernel.open("/proc/cmdline", 0, 0)), 6));
    refused(Errno.ENOENT, calls.preserve(session, openIommu(), 7));
    refused(Errno.ENOENT, calls.preserve(session, openCdev(), 8));
    refused(Errno.EBADF, calls.preserve(session, 777, 9));
  }

  @Test
  void preserveTakesAnySizeAndSeals() {
    int session = session(openLiveupdate(), "contract");
    ok(calls.preserve(session, memfd(0), 1));
    ok(calls.preserve(session, memfd(5000), 2));
    ok(calls.preserve(session, keep(calls.memfd(MemfdUapi.MFD_NOEXEC_SEAL, PAGE)), 3));
    int sealed = keep(calls.memfd(MemfdUapi.MFD_EXEC | MemfdUapi.MFD_ALLOW_SEALING, PAGE));
    ok(
        kernel.fcntl(
            sealed, FcntlUapi.F_ADD_SEALS, FcntlUapi.F_SEAL_SHRINK | FcntlUapi.F_SEAL_GROW));
    ok(calls.preserve(session, sealed, 4));
  }

  @Test
  void directionsMatter() {
    int session = session(openLiveupdate(), "contract");
    ok(calls.preserve(session, memfd(PAGE), 1));
    refused(Errno.EINVAL, calls.retrieve(session, 1));
    refused(Errno.EINVAL, calls.finish(session));
  }

  @Test
  void aPreservedFileKeepsItsSizeAndStaysInUse() {
    Attached dma = new Attached();
    int memfd = memfd(2 * PAGE);
    ok(dma.map(memfd, 0, 2 * PAGE, IOVA));
    int session = session(openLiveupdate(), "contract");
    ok(calls.preserve(session, memfd, 1));
    refused(Errno.EPERM, kernel.ftruncate(memfd, PAGE));
    refused(Errno.EPERM, kernel.ftruncate(memfd, 4 * PAGE));
    MemorySegment bytes = calls.memory(8);
    bytes.set(ValueLayout.JAVA_LONG, 0, 7);
    assertThat(kernel.pwrite(memfd, bytes, 0)).isEqualTo(8);
    ok(dma.map(memfd, 0, PAGE, 0x7_0000_0000L));
    ok(calls.unmap(dma.iommufd, dma.ioas, 0x7_0000_0000L, PAGE));
    closeNow(session);
    ok(kernel.ftruncate(memfd, PAGE));
  }

  @Test
  void memfdFlagsMeanSeals() {
    assertThat(kernel.fcntl(memfd(PAGE), FcntlUapi.F_GET_SEALS, 0))
        .isEqualTo(FcntlUapi.F_SEAL_SEAL);
    int noexec = keep(calls.memfd(MemfdUapi.MFD_NOEXEC_SEAL, PAGE));
    assertThat(kernel.fcntl(noexec, FcntlUapi.F_GET_SEALS, 0)).isEqualTo(FcntlUapi.F_SEAL_EXEC);
    int open = keep(calls.memfd(MemfdUapi.MFD_EXEC | MemfdUapi.MFD_ALLOW_SEALING, PAGE));
    assertThat(kernel.fcntl(open, FcntlUapi.F_GET_SEALS, 0)).isZero();
    ok(kernel.fcntl(open, FcntlUapi.F_ADD_SEALS, FcntlUapi.F_SEAL_GROW));
    refused(Errno.EPERM, kernel.ftruncate(open, 2 * PAGE));
    ok(kernel.ftruncate(open, 0));
    refused(
        Errno.EINVAL, kernel.memfd_create("test", MemfdUapi.MFD_EXEC | MemfdUapi.MFD_NOEXEC_SEAL));
    refused(Errno.EPERM, kernel.fcntl(memfd(PAGE), FcntlUapi.F_ADD_SEALS, FcntlUapi.F_SEAL_GROW));
  }

  @Test
  void requestsThatDoNotExist() {
    int liveupdate = openLiveupdate();
    int session = session(liveupdate, "contract");
    MemorySegment any = calls.memory(256);
    any.set(ValueLayout.JAVA_INT, 0, 256);
    refused(Errno.EINVAL, kernel.ioctl(liveupdate, 0xBA02, any));
    refused(Errno.EINVAL, kernel.ioctl(liveupdate, 0xBA40, any));
    refused(Errno.ENOTTY, kernel.ioctl(liveupdate, 0x7800, any));
    refused(Errno.EINVAL, kernel.ioctl(session, 0xBA50, any));
    refused(Errno.EINVAL, kernel.ioctl(session, 0xBA00, any));
    refused(Errno.EINVAL, calls.createSession(liveupdate, "a".repeat(64)));
    refused(Errno.ENOENT, calls.retrieveSession(liveupdate, "a".repeat(64)));
    refused(Errno.ENOENT, calls.retrieveSession(liveupdate, ""));
    session(liveupdate, "a".repeat(63));
  }

  @Test
  void aPreservedFileCannotGrow() {
    int memfd = keep(calls.memfd(MemfdUapi.MFD_EXEC | MemfdUapi.MFD_ALLOW_SEALING, 2 * PAGE));
    int session = session(openLiveupdate(), "contract");
    ok(calls.preserve(session, memfd, 1));
    refused(Errno.EEXIST, calls.preserve(session, 999, 1));
    ok(kernel.fcntl(memfd, FcntlUapi.F_ADD_SEALS, FcntlUapi.F_SEAL_GROW));
    ok(kernel.ftruncate(memfd, 2 * PAGE));
    refused(Errno.EPERM, kernel.pwrite(memfd, calls.memory(3), 2 * PAGE - 2));
  }

  @Test
  void theExecSealBringsTheOthersOnAnExecutableFile() {
    int memfd = keep(calls.memfd(MemfdUapi.MFD_EXEC | MemfdUapi.MFD_ALLOW_SEALING, 0));
    ok(kernel.fcntl(memfd, FcntlUapi.F_ADD_SEALS, FcntlUapi.F_SEAL_EXEC));
    assertThat(kernel.fcntl(memfd, FcntlUapi.F_GET_SEALS, 0)).isEqualTo(0x3e);
  }

  @Test
  void hugetlbFilesNeedHugePages() {
    int memfd = keep(calls.memfd(MemfdUapi.MFD_HUGETLB, 0));
    refused(Errno.EINVAL, kernel.ftruncate(memfd, PAGE));
    ok(kernel.ftruncate(memfd, 2 << 20));
    refused(Errno.ENOMEM, kernel.mmap(2 << 20, 3, 1, memfd, 0));
    Attached dma = new Attached();
    refused(Errno.ENOMEM, dma.map(memfd, 0, 2 << 20, IOVA));
  }
}
