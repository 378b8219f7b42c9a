package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.MapOptions;
import io.holdfast.session.SessionException;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A handle is the thing itself: it is refused where it does not belong and after its end. */
class HandlesTest {
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

  private LiveSession session(String name) {
    return LiveSession.openOrRestore(host, name, folder.resolve("state"));
  }

  private int memfd(long bytes) {
    int fd = host.syscalls().memfd_create("test", MemfdUapi.MFD_EXEC);
    assertThat(host.syscalls().ftruncate(fd, bytes)).isZero();
    return fd;
  }

  @Test
  void anotherSessionsFileAndAddressSpaceAreRefused() {
    try (LiveSession first = session("first");
        LiveSession second = session("second")) {
      Ioas rings = first.ioas("rings");
      first.bind(EDU, rings);
      DmaFile foreign = second.file("frames", () -> memfd(PAGE));
      first.file("frames", () -> memfd(PAGE));
      assertThatThrownBy(() -> rings.map("b", foreign, 0, PAGE, MapOptions.defaults()))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("belongs to another session");
      Ioas foreignRings = second.ioas("rings");
      assertThatThrownBy(() -> first.bind(EDU, foreignRings))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("belongs to another session");
      assertThat(rings.buffers()).isEmpty();
    }
  }

  @Test
  void handlesOfAClosedSessionAreRefused() {
    LiveSession session = session("nic0");
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer tx = rings.buffer("tx", PAGE);
    MemorySegment memory = tx.segment();
    DeviceRegion bar = device.region(0);
    session.close();
    assertThatThrownBy(() -> rings.buffer("rx", PAGE)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(rings::buffers).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> tx.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(tx::extents).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(tx::segment).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> bar.get32(0)).isInstanceOf(IllegalStateException.class);
    tx.close();
    device.close();
  }

  @Test
  void memoryOfADeadProcessIsRefusedAndNeverTouched() {
    LiveSession session = session("nic0");
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    MemorySegment memory = rings.buffer("tx", PAGE).segment();
    session.preserve();
    host.kexec();
    assertThatThrownBy(() -> memory.fill((byte) 1)).isInstanceOf(IllegalStateException.class);
    LiveSession restored = session("nic0");
    MemorySegment again = restored.ioas("rings").find("tx").orElseThrow().segment();
    host.close();
    assertThatThrownBy(() -> again.fill((byte) 1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void addressesAreNotToldOncePagesAreUnpinned() {
    try (LiveSession session = session("nic0")) {
      Ioas rings = session.ioas("rings");
      VfioDevice device = session.bind(EDU, rings);
      DmaBuffer tx = rings.buffer("tx", PAGE);
      device.close();
      assertThatThrownBy(() -> tx.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(tx::extents).isInstanceOf(IllegalStateException.class);
      session.bind(EDU, rings);
      assertThat(tx.extents().physicalAddress(0)).isEqualTo(tx.physicalAddress(0));
    }
  }

  @Test
  void whatIsAskedForAgainIsAskedForAsItWasMade() {
    try (LiveSession session = session("nic0")) {
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      DmaBuffer tx = rings.buffer("tx", PAGE);
      MapOptions defaults = MapOptions.defaults();
      for (MapOptions other :
          List.of(
              defaults.readOnlyForDevice(),
              defaults.optional(),
              defaults.at(tx.iova().start() + PAGE),
              defaults.declaredTransient())) {
        assertThatThrownBy(() -> rings.buffer("tx", PAGE, other))
            .as(other.toString())
            .isInstanceOf(SessionException.class);
      }
      assertThat(rings.buffer("tx", PAGE, defaults.at(tx.iova().start())).iova())
          .isEqualTo(tx.iova());
      assertThatThrownBy(() -> session.bind(EDU, rings, Policy.OPTIONAL))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("REQUIRED");
    }
  }

  @Test
  void aNewBufferOfTheSessionCannotBeDeclaredTransient() {
    try (LiveSession session = session("nic0")) {
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      MapOptions options = MapOptions.defaults().declaredTransient();
      assertThatThrownBy(() -> rings.buffer("tx", PAGE, options))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("always preserved");
      DmaFile file = session.file("frames", () -> memfd(PAGE));
      assertThatThrownBy(() -> rings.map("rx", file, 0, PAGE, options))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("always preserved");
    }
  }

  @Test
  void lengthsThatOverflowAreRefused() {
    try (LiveSession session = session("nic0")) {
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      rings.buffer("hole", 4 * PAGE).close();
      for (long length : new long[] {Long.MIN_VALUE, -1, 0, 1L << 53, Long.MAX_VALUE - PAGE}) {
        assertThatThrownBy(() -> rings.buffer("tx", length))
            .as(Long.toString(length))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void anonymousMemoryMustBeMappableAsItIs() {
    try (LiveSession session = session("nic0")) {
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      MapOptions options = MapOptions.defaults().declaredTransient();
      MemorySegment freed;
      try (Arena arena = Arena.ofShared()) {
        MemorySegment memory = arena.allocate(PAGE, PAGE);
        freed = memory;
        assertThatThrownBy(() -> rings.mapAnonymous("ro", memory.asReadOnly(), options))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("readOnlyForDevice");
        assertThatThrownBy(() -> rings.mapAnonymous("odd", memory.asSlice(8), options))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("whole pages");
        rings.mapAnonymous("ro", memory.asReadOnly(), options.readOnlyForDevice()).close();
      }
      assertThatThrownBy(() -> rings.mapAnonymous("freed", freed, options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("closed");
      MemorySegment heap = MemorySegment.ofArray(new byte[PAGE]);
      assertThatThrownBy(() -> rings.mapAnonymous("heap", heap, options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Java heap");
      assertThat(rings.buffers()).isEmpty();
    }
  }

  @Test
  void oneMemfdIsAdoptedOnce() {
    try (LiveSession session = session("nic0")) {
      int fd = memfd(PAGE);
      int same = host.syscalls().fcntl(fd, io.holdfast.uapi.FcntlUapi.F_DUPFD_CLOEXEC, 0);
      session.file("first", () -> fd);
      int before = host.openDescriptors();
      assertThatThrownBy(() -> session.file("second", () -> fd))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("first");
      assertThat(host.openDescriptors()).isEqualTo(before);
      assertThatThrownBy(() -> session.file("third", () -> same))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("first");
      assertThat(host.openDescriptors()).as("the duplicate is closed").isEqualTo(before - 1);
      assertThat(session.state().files()).hasSize(1);
    }
  }

  @Test
  void aSupplierMayUseTheSessionAndLeavesNothingDouble() {
    try (LiveSession session = session("nic0")) {
      assertThatThrownBy(() ->
              session.file(
                  "frames",
                  () -> {
                    session.file("frames", () -> memfd(PAGE));
                    return memfd(2 * PAGE);
                  }))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("while its supplier ran");
      assertThat(session.state().files()).hasSize(1);
      int before = host.openDescriptors();
      assertThatThrownBy(() ->
              session.file(
                  "late",
                  () -> {
                    session.preserve();
                    return memfd(PAGE);
                  }))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("sealed");
      assertThat(host.openDescriptors())
          .as("one more: the live update session")
          .isEqualTo(before + 1);
      assertThat(session.state().files()).hasSize(1);
    }
  }

  @Test
  void namesAreCountedInBytesBeforeAnythingIsRecorded() {
    String longest = "ü".repeat(127);
    try (LiveSession session = session("nic0")) {
      session.bind(EDU, session.ioas(longest));
      for (String wrong :
          List.of("ü".repeat(200), "a\u202eb", "a\u2028b", "a\u200bb", "a\u009bb")) {
        assertThatThrownBy(() -> session.ioas(wrong)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> session.ioas(longest).buffer(wrong, PAGE))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> session.file(wrong, () -> memfd(PAGE)))
            .isInstanceOf(IllegalArgumentException.class);
      }
      session.ioas(longest).buffer(longest, PAGE);
      session.preserve();
      host.kexec();
    }
    try (LiveSession restored = session("nic0")) {
      assertThat(restored.ioas(longest).find(longest)).isPresent();
    }
  }

  @Test
  void whyPinningIsRefusedIsLookedUp() {
    try (LiveSession session = session("nic0")) {
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      host.fail("IOMMU_IOAS_MAP_FILE", 1, io.holdfast.sys.Errno.ENOMEM);
      assertThatThrownBy(() -> rings.buffer("tx", PAGE))
          .hasMessageContaining("buffer \"tx\" of IOAS \"rings\"")
          .hasMessageContaining("CAP_IPC_LOCK")
          .hasMessageNotContaining("exceed RLIMIT_MEMLOCK");
    }
  }

  @Test
  void aKernelsRefusalNamesTheBuffer() {
    try (LiveSession session = session("nic0")) {
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      rings.buffer("tx", PAGE, MapOptions.defaults().at(0x10000));
      assertThatThrownBy(() -> rings.buffer("rx", PAGE, MapOptions.defaults().at(0x10000)))
          .hasMessageContaining("buffer \"rx\" of IOAS \"rings\"")
          .hasMessageContaining("EEXIST");
    }
  }
}
