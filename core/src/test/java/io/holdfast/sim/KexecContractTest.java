package io.holdfast.sim;

import static io.holdfast.uapi.KexecUapi.*;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.RebootUapi;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/** What loading and starting the next kernel is refused with, and why. */
class KexecContractTest extends ContractTest {
  private static final long NO_INITRD = KEXEC_FILE_NO_INITRAMFS;

  private int load(int kernelFd, int initrdFd, long flags) {
    return kernel.kexec_file_load(kernelFd, initrdFd, "quiet", flags);
  }

  @Test
  void needsCapSysBoot() {
    underTest()
        .without(
            Credentials.CAP_SYS_BOOT,
            () -> {
              refused(Errno.EPERM, load(-1, -1, 0));
              refused(Errno.EPERM, load(-1, -1, 0x100));
              refused(Errno.EPERM, kernel.reboot(RebootUapi.LINUX_REBOOT_CMD_KEXEC));
            });
  }

  @Test
  void refusesFlagsItDoesNotKnow() {
    refused(Errno.EINVAL, load(-1, -1, 0x100));
  }

  @Test
  void readsTheKernelFromARegularFileOpenForReading() {
    refused(Errno.EBADF, load(-1, -1, NO_INITRD));
    refused(Errno.EINVAL, load(openIommu(), -1, NO_INITRD));
    refused(Errno.EINVAL, load(memfd(0), -1, NO_INITRD));
    int folder = keep(kernel.open("/proc", FcntlUapi.O_RDONLY, 0));
    refused(Errno.EINVAL, load(folder, -1, NO_INITRD));
  }

  @Test
  void refusesWhatIsNoKernel() {
    int file = memfd(PAGE);
    try (Arena arena = Arena.ofConfined()) {
      ok(kernel.pwrite(file, arena.allocateFrom("#!/bin/sh", UTF_8), 0));
    }
    refused(Errno.ENOEXEC, load(file, -1, NO_INITRD));
    refused(Errno.ENOEXEC, load(file, -1, 0));
  }

  @Test
  void looksAtTheImageOfACrashKernelFirst() {
    refused(Errno.ENOEXEC, load(memfd(PAGE), -1, NO_INITRD | KEXEC_FILE_ON_CRASH));
  }

  @Test
  void startsNothingWhereNothingIsLoaded() {
    ok(load(-1, -1, KEXEC_FILE_UNLOAD));
    refused(Errno.EINVAL, kernel.reboot(RebootUapi.LINUX_REBOOT_CMD_KEXEC));
  }
}
