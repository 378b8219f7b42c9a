package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.NotPreservableException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.LiveupdateUapi;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The seal refuses what would not come back, while nothing is lost yet. */
class SealingTest {
  private static final PciAddress EDU = SimulatedMachine.EDU_ADDRESS;
  private static final int PAGE = 4096;

  @TempDir Path folder;
  private SimulatedHost host;

  @BeforeEach
  void boot() {
    host = SimulatedHost.open(folder.resolve("machine"));
  }

  @AfterEach
  void switchOff() {
    host.close();
  }

  private LiveSession session() {
    return LiveSession.openOrRestore(host, "nic0", folder.resolve("state"));
  }

  @Test
  void aMemfdThatChangedItsSizeAfterItsAdoptionIsRefused() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    int fd = host.syscalls().memfd_create("frames", MemfdUapi.MFD_EXEC);
    assertThat(host.syscalls().ftruncate(fd, 2 * PAGE)).isZero();
    DmaFile file = session.file("frames", () -> fd);
    DmaBuffer buffer = rings.map("rx", file, 0, 2 * PAGE, MapOptions.defaults());
    buffer.segment().set(ValueLayout.JAVA_LONG, PAGE, 42);
    long address = buffer.physicalAddress(PAGE);
    int before = host.openDescriptors();

    assertThat(host.syscalls().ftruncate(fd, 4 * PAGE)).isZero();
    assertThatThrownBy(session::preserve)
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining("memfd \"frames\" has 16384 bytes, but had 8192");
    assertThat(session.isPreserved()).isFalse();
    assertThat(host.openDescriptors()).isEqualTo(before);
    assertThat(buffer.physicalAddress(PAGE)).isEqualTo(address);

    assertThat(host.syscalls().ftruncate(fd, 2 * PAGE)).isZero();
    session.preserve();
    host.kexec();
    try (LiveSession restored = session()) {
      DmaBuffer again = restored.ioas("rings").find("rx").orElseThrow();
      assertThat(again.physicalAddress(PAGE)).isEqualTo(address);
      assertThat(again.segment().get(ValueLayout.JAVA_LONG, PAGE)).isEqualTo(42);
    }
  }

  /** How many descriptors a seal offers to the kernel. */
  private int offered(LiveSession session, PreserveOptions options) {
    AtomicInteger offers = new AtomicInteger();
    host.faults(call -> {
      if (call.request() == LiveupdateUapi.LIVEUPDATE_SESSION_PRESERVE_FD) {
        offers.incrementAndGet();
      }
      return Fault.NONE;
    });
    session.preserve(options);
    session.cancelPreserve();
    return offers.get();
  }

  @Test
  void devicesAndTheIommufdAreOfferedToTheKernelOnRequestOnly() {
    try (LiveSession session = session()) {
      session.bind(EDU, session.ioas("rings"));
      session.ioas("rings").buffer("tx", PAGE);
      assertThat(offered(session, PreserveOptions.defaults()))
          .as("a pool, a manifest")
          .isEqualTo(2);
      assertThat(offered(session, PreserveOptions.defaults().withDevicesOffered()))
          .as("the iommufd and a device too")
          .isEqualTo(4);
    }
  }

  @Test
  void aRefusedFinishCanBeTriedAgain() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    long address = session.ioas("rings").buffer("tx", PAGE).physicalAddress(0);
    session.preserve();
    host.kexec();
    host.fail("LIVEUPDATE_SESSION_FINISH", 1, Errno.EBUSY);
    assertThatThrownBy(this::session).hasMessageContaining("EBUSY");
    assertThat(host.openDescriptors()).as("the live update session").isEqualTo(1);
    try (LiveSession restored = session()) {
      assertThat(restored.isRestored()).isTrue();
      assertThat(restored.ioas("rings").find("tx").orElseThrow().physicalAddress(0))
          .isEqualTo(address);
    }
  }
}
