package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.SessionException;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.MemfdUapi;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Buffers that have to be on a NUMA node, on a machine of two. */
class NumaNodesTest {
  private static final int PAGE = 4096;
  private static final long MIB = 1 << 20;
  private static final PciAddress OTHER = PciAddress.parse("0000:00:05.0");
  private static final MapOptions ANYWHERE = MapOptions.defaults();

  @TempDir Path directory;
  private SimulatedHost host;
  private LiveSession session;
  private Ioas rings;

  private static SimulatedMachine machine() {
    return SimulatedMachine.standard().withNumaNodes(2).withDevice(OTHER, EduDevice.class);
  }

  private void boot(SimulatedMachine machine) {
    host = SimulatedHost.open(directory.resolve("machine"), machine);
    open();
  }

  private void open() {
    session = LiveSession.openOrRestore(host, "nic0", directory.resolve("state"));
    rings = session.ioas("rings");
    session.bind(SimulatedMachine.EDU_ADDRESS, rings);
  }

  @AfterEach
  void close() {
    session.close();
    assertThat(host.kernel().pinnedMemoryBytes()).isZero();
    host.close();
  }

  /** The machine's nodes have a half of its 256 MiB each. */
  private static void assertOn(int node, DmaBuffer buffer) {
    for (long offset = 0; offset < buffer.lengthBytes(); offset += PAGE) {
      assertThat(buffer.physicalAddress(offset) / (128 * MIB)).isEqualTo(node);
    }
  }

  private void refused(String name, MapOptions options, String... parts) {
    long pinned = host.kernel().pinnedMemoryBytes();
    assertThatThrownBy(() -> rings.buffer(name, PAGE, options))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("\"" + name + "\"")
        .hasMessageContainingAll(parts);
    assertThat(host.kernel().pinnedMemoryBytes()).isEqualTo(pinned);
  }

  @Test
  void everyPageIsOnTheNodeThatIsAskedFor() {
    boot(machine());
    for (int node : new int[] {1, 0, 1}) {
      String name = "ring-" + node + "-" + rings.buffers().size();
      assertOn(node, rings.buffer(name, 3 * MIB, ANYWHERE.onNumaNode(node)));
      assertOn(node, rings.buffer("small-" + name, PAGE, ANYWHERE.onNumaNode(node).contiguous()));
    }
    assertThat(session.state().ioases().getFirst().mappings().getFirst().numaNode())
        .isEqualTo(OptionalInt.of(1));
    assertThat(session.bind(OTHER, rings).numaNode()).isEqualTo(OptionalInt.of(1));
  }

  @Test
  void itIsThereAgainAfterAKexecAndNotElsewhere() {
    boot(machine());
    rings.buffer("ring", 64 << 10, ANYWHERE.onNumaNode(1));
    DmaBuffer any = rings.buffer("any", PAGE);
    int node = (int) (any.physicalAddress(0) / (128 * MIB));
    session.preserve();
    host.kexec();
    open();
    assertThat(session.isRestored()).isTrue();
    assertOn(1, rings.buffer("ring", 64 << 10, ANYWHERE.onNumaNode(1)));
    assertOn(1, rings.buffer("ring", 64 << 10)); // Any node will do.
    refusedAgain("ring", 64 << 10, 0, "was made on NUMA node 1, not on 0");
    rings.buffer("any", PAGE, ANYWHERE.onNumaNode(node));
    refusedAgain("any", PAGE, 1 - node, "has its page at 0 on NUMA node " + node);
  }

  private void refusedAgain(String name, long lengthBytes, int node, String message) {
    assertThatThrownBy(() -> rings.buffer(name, lengthBytes, ANYWHERE.onNumaNode(node)))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining(message);
  }

  @Test
  void memoryOfTheDriversHasToBeThere() {
    boot(machine());
    int fd = host.syscalls().memfd_create("frames", MemfdUapi.MFD_EXEC);
    assertThat(host.syscalls().ftruncate(fd, PAGE)).isZero();
    DmaFile file = session.file("frames", () -> fd);
    DmaBuffer mapped = rings.map("mapped", file, 0, PAGE, ANYWHERE);
    int node = (int) (mapped.physicalAddress(0) / (128 * MIB));
    assertOn(node, rings.copy("copy", mapped, ANYWHERE.onNumaNode(node)));
    assertThatThrownBy(() -> rings.copy("other", mapped, ANYWHERE.onNumaNode(1 - node)))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("buffer \"other\"")
        .hasMessageContaining("on NUMA node " + node);
    assertThat(rings.find("other")).isEmpty();
  }

  @Test
  void aNodeThatIsFullIsToldOf() {
    boot(machine());
    rings.buffer("most", 120 * MIB, ANYWHERE.onNumaNode(1));
    assertThatThrownBy(() -> rings.buffer("more", 10 * MIB, ANYWHERE.onNumaNode(1)))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("buffer \"more\" needs 10485760 bytes on NUMA node 1")
        .hasMessageContaining("on NUMA node 0")
        .hasMessageContaining("free memory of that node");
    assertThat(rings.find("more")).isEmpty();
  }

  @Test
  void aNodeThatIsNotThereIsRefusedByItsNumber() {
    boot(machine());
    refused("ring", ANYWHERE.onNumaNode(2), "NUMA node 2", "the nodes with memory are 0-1");
    assertThatThrownBy(() -> ANYWHERE.onNumaNode(1024))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a NUMA node is 0 to 1023");
  }

  @Test
  void aKernelWithoutNumaNodesIsRefusedByThatName() {
    boot(SimulatedMachine.standard());
    refused("ring", ANYWHERE.onNumaNode(0), "NUMA node 0", "this kernel knows none (CONFIG_NUMA)");
    assertThat(session.devices().getFirst().numaNode()).isEmpty();
  }

  @Test
  void whatTheKernelRefusesNamesTheBuffer() {
    boot(machine());
    for (String call : new String[] {"mbind", "move_pages"}) {
      host.fail(call, 1, Errno.EPERM);
      assertThatThrownBy(() -> rings.buffer("ring", PAGE, ANYWHERE.onNumaNode(1)))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining(call)
          .hasMessageContaining("buffer \"ring\"");
      assertThat(rings.find("ring")).isEmpty();
    }
  }

  @Test
  void behindAnIommuToo() {
    boot(machine().withIommuPresent(true));
    rings.buffer("ring", 3 * MIB, ANYWHERE.onNumaNode(1));
    refusedAgain("ring", 3 * MIB, 0, "was made on NUMA node 1, not on 0");
    for (int i = 0; i < 8; i++) { // Those that fit are found where memory has to be looked for.
      rings.buffer("ring-" + i, PAGE, ANYWHERE.onNumaNode(i % 2));
    }
  }
}
