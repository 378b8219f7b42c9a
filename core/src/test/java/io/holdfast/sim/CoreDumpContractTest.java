package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.MmanUapi;
import org.junit.jupiter.api.Test;

/** What {@code madvise(2)} says of memory that is left out of core dumps. */
class CoreDumpContractTest extends ContractTest {
  @Test
  void mappedMemoryIsLeftOutAndTakenIn() {
    int memfd = keep(kernel.memfd_create("dump", MemfdUapi.MFD_EXEC));
    ok(kernel.ftruncate(memfd, 2 * PAGE));
    long address =
        kernel.mmap(
            2 * PAGE, MmanUapi.PROT_READ | MmanUapi.PROT_WRITE, MmanUapi.MAP_SHARED, memfd, 0);
    ok(address);
    ok(kernel.madvise(address, 2 * PAGE, MmanUapi.MADV_DONTDUMP));
    ok(kernel.madvise(address + PAGE, PAGE, MmanUapi.MADV_DODUMP));
    ok(kernel.madvise(address, 0, MmanUapi.MADV_DONTDUMP));
    refused(Errno.EINVAL, kernel.madvise(address + 1, PAGE, MmanUapi.MADV_DONTDUMP));
    refused(Errno.EINVAL, kernel.madvise(address, PAGE, 4711));
    ok(kernel.munmap(address, 2 * PAGE));
    refused(Errno.ENOMEM, kernel.madvise(address, PAGE, MmanUapi.MADV_DONTDUMP));
  }
}
