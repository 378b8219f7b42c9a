package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.MempolicyUapi;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** What a kernel without CONFIG_NUMA, such as the guest's, says of NUMA nodes. */
class NumaContractTest extends ContractTest {
  @Test
  void thereAreNone() {
    int memfd = memfd(PAGE);
    int both = MmanUapi.PROT_READ | MmanUapi.PROT_WRITE;
    long address = kernel.mmap(PAGE, both, MmanUapi.MAP_SHARED, memfd, 0);
    ok(address);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment nodes = arena.allocate(ValueLayout.JAVA_LONG);
      nodes.set(ValueLayout.JAVA_LONG, 0, 1);
      refused(Errno.ENOSYS, kernel.mbind(address, PAGE, MempolicyUapi.MPOL_PREFERRED, nodes, 0));
      MemorySegment pages = arena.allocateFrom(ValueLayout.JAVA_LONG, address);
      refused(Errno.ENOSYS, kernel.move_pages(pages, arena.allocate(ValueLayout.JAVA_INT)));
    }
    assertThat(kernel.listFolder("/sys/devices/system/node", new ArrayList<>()))
        .isEqualTo(-Errno.ENOENT);
    String numaNode = "/sys/bus/pci/devices/" + underTest().device() + "/numa_node";
    assertThat(kernel.readFile(numaNode, new byte[8])).isEqualTo(-Errno.ENOENT);
    ok(kernel.munmap(address, PAGE));
  }
}
