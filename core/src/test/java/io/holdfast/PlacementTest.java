package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.ExtentList;
import io.holdfast.model.HoldfastException;
import io.holdfast.session.MapOptions;
import io.holdfast.session.SessionException;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Buffers that have to lie in certain places, on a machine with huge pages and without. */
class PlacementTest {
  private static final int PAGE = 4096;
  private static final long HUGE = 2L << 20;
  private static final MapOptions ANYWHERE = MapOptions.defaults();

  @TempDir Path directory;
  private SimulatedHost host;
  private LiveSession session;
  private Ioas rings;

  private void boot(SimulatedMachine machine) {
    host = SimulatedHost.open(directory.resolve("machine"), machine);
    open();
  }

  private void open() {
    session = LiveSession.openOrRestore(host, "nic0", directory.resolve("state"));
    rings = session.ioas("rings");
    session.bind(SimulatedMachine.EDU_ADDRESS, rings);
  }

  private static SimulatedMachine inPieces() {
    return SimulatedMachine.standard().withSinglePagePercent(100).withHugePages(false);
  }

  @AfterEach
  void close() {
    session.close();
    assertThat(host.kernel().pinnedMemoryBytes()).isZero();
    host.close();
  }

  @Test
  void everyBufferOfUpToTwoMebibytesIsInOnePiece() {
    boot(SimulatedMachine.standard().withSinglePagePercent(90));
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("PlacementTest: -Dholdfast.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      long length = PAGE * (1L + random.nextInt(random.nextInt(10) == 0 ? 512 : 16));
      DmaBuffer buffer = rings.buffer("ring-" + i, length, ANYWHERE.contiguous());
      assertThat(buffer.contiguousBytes(0)).isEqualTo(length);
    }
  }

  @Test
  void alignmentAndBoundaryAreKept() {
    boot(SimulatedMachine.standard());
    for (long alignment = PAGE; alignment <= HUGE; alignment *= 2) {
      DmaBuffer aligned = rings.buffer("aligned-" + alignment, PAGE, ANYWHERE.aligned(alignment));
      assertThat(aligned.physicalAddress(0) % alignment).isZero();
      DmaBuffer within =
          rings.buffer("within-" + alignment, alignment, ANYWHERE.contiguous().boundary(alignment));
      assertThat(within.physicalAddress(0) / alignment)
          .isEqualTo(within.physicalAddress(alignment - 1) / alignment);
    }
  }

  @Test
  void belowAnAddress() {
    boot(SimulatedMachine.standard());
    DmaBuffer low = rings.buffer("low", 4 * PAGE, ANYWHERE.below(192 << 20));
    assertThat(low.physicalAddress(4 * PAGE - 1)).isLessThan(192 << 20);
    long pinned = host.kernel().pinnedMemoryBytes();
    assertThatThrownBy(() -> rings.buffer("lowest", PAGE, ANYWHERE.below(1 << 20)))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("buffer \"lowest\" needs 4096 bytes below physical address 0x100000")
        .hasMessageContaining("reaches to physical address")
        .hasMessageContaining("device that reaches all of it");
    assertThat(host.kernel().pinnedMemoryBytes()).isEqualTo(pinned);
    assertThat(rings.find("lowest")).isEmpty();
  }

  @Test
  void whereMemoryIsInPiecesItIsRefusedAndNothingStays() {
    boot(inPieces());
    rings.buffer("first", PAGE);
    int files = session.state().files().size();
    assertThatThrownBy(() -> rings.buffer("ring", 64 << 10, ANYWHERE.contiguous()))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("buffer \"ring\" needs 65536 bytes in one piece")
        .hasMessageContaining("pieces, the longest of")
        .hasMessageContaining("compact_memory");
    assertThat(session.state().files()).hasSize(files);
    assertThat(rings.find("ring")).isEmpty();
    assertThat(rings.buffer("ring", 64 << 10).lengthBytes()).isEqualTo(64 << 10);
    assertThat(rings.buffer("page", PAGE, ANYWHERE.contiguous()).contiguousBytes(0))
        .isEqualTo(PAGE);
  }

  @Test
  void longerThanAHugePageTakesLuck() {
    boot(SimulatedMachine.standard().withSinglePagePercent(0).withHugePages(false));
    assertThat(rings.buffer("long", 3 * HUGE, ANYWHERE.contiguous()).contiguousBytes(0))
        .isEqualTo(3 * HUGE);
    session.close();
    host.close();
    directory = directory.resolve("other");
    boot(inPieces());
    assertThatThrownBy(() -> rings.buffer("long", 3 * HUGE, ANYWHERE.contiguous()))
        .hasMessageContaining("ask for at most 2 MiB in one piece");
  }

  @Test
  void aRestoredBufferHasWhatItHadAndIsRefusedForWhatItHasNot() {
    boot(SimulatedMachine.standard());
    MapOptions options = ANYWHERE.contiguous().aligned(64 << 10);
    DmaBuffer ring = rings.buffer("ring", 64 << 10, options);
    DmaBuffer large = rings.buffer("large", 16 * HUGE);
    assertThat(large.extents().size()).isGreaterThan(1);
    long address = ring.physicalAddress(0);
    ring.segment().set(ValueLayout.JAVA_LONG, 8, 4711);
    session.preserve();
    host.kexec();
    open();

    DmaBuffer restored = rings.buffer("ring", 64 << 10, options);
    assertThat(restored.physicalAddress(0)).isEqualTo(address);
    assertThat(restored.segment().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(4711);
    assertThat(rings.buffer("ring", 64 << 10).physicalAddress(0)).isEqualTo(address);
    assertThatThrownBy(() -> rings.buffer("ring", 64 << 10, options.below(PAGE)))
        .isInstanceOf(HoldfastException.class)
        .hasMessageContaining("buffer \"ring\" of IOAS \"rings\" reaches to physical address");
    assertThatThrownBy(() -> rings.buffer("large", 16 * HUGE, ANYWHERE.contiguous()))
        .hasMessageContaining("buffer \"large\" of IOAS \"rings\" is in")
        .hasMessageContaining("ask for it as it was made");
    DmaBuffer another = rings.buffer("another", 64 << 10, options);
    assertThat(another.contiguousBytes(0)).isEqualTo(64 << 10);
    assertThat(another.physicalAddress(0)).isNotEqualTo(address);
  }

  /** What the next kernel has for a session does not make room for another's huge pages. */
  @Test
  void whatIsPreservedStaysWhereItIsWhileOthersTakeMemory() {
    boot(SimulatedMachine.standard().withMemoryBytes(8 << 20).withSinglePagePercent(100));
    DmaFile file = session.file("mine", () -> memfd("mine", 64 * PAGE));
    DmaBuffer before = rings.map("mine", file, 0, 64 * PAGE, ANYWHERE);
    ExtentList extents = before.extents();
    assertThat(extents.size()).isGreaterThan(32);
    session.preserve();
    host.kexec();
    for (int i = 0; i < 3; i++) {
      int memfd = memfd("huge", HUGE);
      long mapped = host.syscalls().mmap(HUGE, 3, 1, memfd, 0);
      try (Arena arena = Arena.ofConfined()) {
        host.syscalls().pwrite(memfd, arena.allocate(1), 0);
      }
      host.syscalls().madvise(mapped, HUGE, MmanUapi.MADV_COLLAPSE);
    }
    open();
    assertThat(session.isRestored()).isTrue();
    assertThat(rings.find("mine").orElseThrow().extents()).isEqualTo(extents);
  }

  private int memfd(String name, long bytes) {
    int fd = host.syscalls().memfd_create(name, MemfdUapi.MFD_EXEC);
    host.syscalls().ftruncate(fd, bytes);
    return fd;
  }

  @Test
  void memoryOfTheDriversLiesWhereItLies() {
    boot(inPieces());
    DmaFile file = session.file("mine", () -> memfd("mine", 64 << 10));
    assertThatThrownBy(() -> rings.map("part", file, 0, 64 << 10, ANYWHERE.contiguous()))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("the memory for buffer \"part\" of IOAS \"rings\" is in")
        .hasMessageContaining("let the session find memory");
    assertThat(rings.map("part", file, 0, 64 << 10, ANYWHERE).lengthBytes()).isEqualTo(64 << 10);
    try (Arena arena = Arena.ofShared()) {
      var memory = arena.allocate(16 * PAGE, PAGE);
      MapOptions options = ANYWHERE.contiguous().declaredTransient();
      assertThatThrownBy(() -> rings.mapAnonymous("memory", memory, options))
          .hasMessageContaining("the memory for buffer \"memory\"");
    }
  }

  @Test
  void buffersShareOneMappingOfTheProcess() {
    boot(SimulatedMachine.standard());
    List<DmaBuffer> buffers = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      buffers.add(rings.buffer("page-" + i, PAGE));
      buffers.getLast().segment().set(ValueLayout.JAVA_INT, 0, i);
    }
    assertThat(session.state().files()).hasSize(1);
    long base = buffers.getFirst().segment().address();
    for (int i = 0; i < buffers.size(); i++) {
      assertThat(buffers.get(i).segment().address()).isEqualTo(base + (long) i * PAGE);
      assertThat(buffers.get(i).segment().get(ValueLayout.JAVA_INT, 0)).isEqualTo(i);
    }
    var gone = buffers.get(7).segment();
    buffers.get(7).close();
    assertThatThrownBy(() -> gone.get(ValueLayout.JAVA_INT, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThat(buffers.get(8).segment().get(ValueLayout.JAVA_INT, 0)).isEqualTo(8);
    DmaBuffer again = rings.buffer("again", PAGE);
    assertThat(again.segment().address()).isEqualTo(base + 7L * PAGE);
    assertThat(again.segment().get(ValueLayout.JAVA_INT, 0)).describedAs("zeroed").isZero();
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    boot(SimulatedMachine.standard());
    assertThatThrownBy(() -> ANYWHERE.aligned(3)).hasMessageContaining("a power of two, not 3");
    assertThatThrownBy(() -> ANYWHERE.aligned(0)).hasMessageContaining("a power of two, not 0");
    assertThatThrownBy(() -> ANYWHERE.boundary(-4096)).hasMessageContaining("power of two");
    assertThatThrownBy(() -> ANYWHERE.below(0)).hasMessageContaining("nothing lies below");
    MapOptions impossible = ANYWHERE.contiguous().boundary(PAGE);
    assertThatThrownBy(() -> rings.buffer("ring", 2 * PAGE, impossible))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("crossing no multiple of 4096");
  }
}
