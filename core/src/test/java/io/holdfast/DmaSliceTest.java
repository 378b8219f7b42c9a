package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.ExtentList;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parts of buffers, and walks over them. */
class DmaSliceTest {
  private static final int PAGE = 4096;
  private static final int PAGES = 512;

  @TempDir Path directory;
  private SimulatedHost host;
  private LiveSession session;
  private VfioDevice device;
  private DmaBuffer buffer;

  @BeforeEach
  void open() {
    host =
        SimulatedHost.open(
            directory.resolve("machine"),
            SimulatedMachine.standard().withSinglePagePercent(90).withHugePages(false));
    session = LiveSession.openOrRestore(host, "nic0", directory.resolve("state"));
    Ioas rings = session.ioas("rings");
    device = session.bind(SimulatedMachine.EDU_ADDRESS, rings);
    buffer = rings.buffer("ring", PAGES * PAGE);
    assertThat(buffer.extents().size()).isBetween(2, PAGES);
  }

  @AfterEach
  void close() {
    session.close();
    host.close();
  }

  @Test
  void aSliceHasWhatBelongsToIt() {
    DmaSlice slice = buffer.slice(3 * PAGE + 64, 128);
    assertThat(slice.offsetBytes()).isEqualTo(3 * PAGE + 64);
    assertThat(slice.lengthBytes()).isEqualTo(128);
    assertThat(slice.iova()).isEqualTo(buffer.iova().start() + 3 * PAGE + 64);
    assertThat(slice.physicalAddress()).isEqualTo(buffer.physicalAddress(3 * PAGE + 64));
    assertThat(slice.physicalAddress(127)).isEqualTo(buffer.physicalAddress(3 * PAGE + 191));
    assertThat(slice.isContiguous()).isTrue();
    slice.segment().set(ValueLayout.JAVA_BYTE, 127, (byte) 42);
    assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, 3 * PAGE + 191)).isEqualTo((byte) 42);
    assertThat(buffer.slice(0, PAGES * PAGE).isContiguous()).isFalse();
  }

  @Test
  void whatIsOutsideIsRefused() {
    long[][] outside = {{-1, 1}, {0, 0}, {0, PAGES * PAGE + 1L}, {PAGES * PAGE, 1}, {1, -1}};
    for (long[] part : outside) {
      assertThatThrownBy(() -> buffer.slice(part[0], part[1]))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("ring");
      assertThatThrownBy(() -> DmaRuns.whole().over(buffer, part[0], part[1]))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    DmaSlice slice = buffer.slice(0, 8);
    assertThatThrownBy(() -> slice.physicalAddress(8))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> DmaRuns.withinPages(3)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSliceEndsWithItsBuffer() {
    DmaSlice slice = buffer.slice(PAGE, PAGE);
    device.close();
    assertThatThrownBy(slice::physicalAddress)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not pinned");
    DmaRuns runs = DmaRuns.whole().over(buffer, 0, PAGE);
    assertThatThrownBy(runs::next).isInstanceOf(IllegalStateException.class);
    buffer.close();
    assertThatThrownBy(() -> slice.segment().get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void wholeRunsAreTheExtents() {
    ExtentList extents = buffer.extents();
    DmaRuns runs = DmaRuns.whole().over(buffer, 0, PAGES * PAGE);
    for (int i = 0; i < extents.size(); i++) {
      assertThat(runs.next()).isTrue();
      assertThat(runs.physicalAddress()).isEqualTo(extents.physicalAddress(i));
      assertThat(runs.lengthBytes()).isEqualTo(extents.lengthBytes(i));
    }
    assertThat(runs.next()).isFalse();
    assertThat(runs.next()).isFalse();
    assertThat(DmaRuns.whole().next()).isFalse();
  }

  @Test
  void runsCoverAnyPartOnceAndInOrder() {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("DmaSliceTest: -Dholdfast.seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      int page = random.nextBoolean() ? 0 : 512 << random.nextInt(4);
      DmaRuns runs = page == 0 ? DmaRuns.whole() : DmaRuns.withinPages(page);
      long offset = random.nextLong(PAGES * PAGE);
      long length = 1 + random.nextLong(PAGES * PAGE - offset);
      long at = offset;
      for (runs.over(buffer, offset, length); runs.next(); ) {
        assertThat(runs.offsetBytes()).isEqualTo(at);
        long last = runs.lengthBytes() - 1;
        assertThat(runs.physicalAddress()).isEqualTo(buffer.physicalAddress(at));
        assertThat(runs.physicalAddress() + last).isEqualTo(buffer.physicalAddress(at + last));
        if (page != 0) {
          assertThat(runs.physicalAddress() / page)
              .isEqualTo((runs.physicalAddress() + last) / page);
          assertThat(at == offset || runs.physicalAddress() % page == 0).isTrue();
        }
        at += runs.lengthBytes();
      }
      assertThat(at).isEqualTo(offset + length);
    }
  }

  @Test
  void aWalkAllocatesNothing() {
    DmaRuns runs = DmaRuns.withinPages(PAGE);
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20 && least > 0; round++) {
      least = Math.min(least, allocated(runs));
    }
    assertThat(least).isZero();
  }

  private long allocated(DmaRuns runs) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    int count = 2_000;
    long sum = 0;
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < count; i++) {
      for (runs.over(buffer, 64, (PAGES - 1) * PAGE); runs.next(); ) {
        sum += runs.physicalAddress() + buffer.contiguousBytes(runs.offsetBytes());
      }
    }
    long each = (threads.getCurrentThreadAllocatedBytes() - before) / count;
    assertThat(sum).isNotZero();
    return each;
  }
}
