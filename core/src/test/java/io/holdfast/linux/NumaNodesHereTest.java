package io.holdfast.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.model.KernelException;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** NUMA nodes of the host that the tests run on, where its kernel has CONFIG_NUMA. */
class NumaNodesHereTest {
  private static final int BEYOND = 1023;

  private final Syscalls syscalls = NativeSyscalls.open();
  private int node;

  @BeforeEach
  void findNode() {
    String nodes = NumaNodes.withMemory(syscalls).orElse("");
    assumeTrue(nodes.matches("[0-9]+.*"), "this kernel knows no NUMA nodes");
    node = Integer.parseInt(nodes.split("[^0-9]", 2)[0]);
  }

  @Test
  void pagesComeFromTheNodeAndAreSeenThere() {
    assertThat(NumaNodes.exists(syscalls, node)).isTrue();
    try (Memfd memfd = Memfd.createSealed(syscalls, "numa", HugePages.BYTES);
        MappedMemory memory = HugePages.map(memfd, HugePages.BYTES, OptionalInt.of(node))) {
      assertThat(NumaNodes.problem(syscalls, memory.segment(), node)).isEmpty();
      assertThat(NumaNodes.problem(syscalls, memory.segment(), BEYOND))
          .isEqualTo("has its page at 0 on NUMA node " + node);
    }
  }

  @Test
  void aNodeThatIsNotThereIsRefused() {
    assumeTrue(!NumaNodes.exists(syscalls, BEYOND));
    try (Memfd memfd = Memfd.createSealed(syscalls, "numa", HugePages.BYTES)) {
      assertThatThrownBy(() -> HugePages.map(memfd, HugePages.BYTES, OptionalInt.of(BEYOND)))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("mbind")
          .hasMessageContaining("NUMA node " + BEYOND);
    }
  }
}
