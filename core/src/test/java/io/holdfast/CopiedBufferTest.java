package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.SessionException;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedMachine;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One memory in two address spaces. */
class CopiedBufferTest extends SessionFixture {
  private static final PciAddress OTHER = PciAddress.parse("0000:00:05.0");
  private static final int PAGE = 4096;
  private static final MapOptions DEFAULTS = MapOptions.defaults();

  private LiveSession session;
  private Ioas rings;
  private Ioas other;

  @Override
  SimulatedMachine machine() {
    return SimulatedMachine.standard().withDevice(OTHER, EduDevice.class);
  }

  @BeforeEach
  void start() {
    session = session();
    rings = session.ioas("rings");
    other = session.ioas("other");
    session.bind(EDU, rings);
    session.bind(OTHER, other);
  }

  @Test
  void aCopyIsTheSameMemoryAtAnIovaOfItsOwn() {
    DmaBuffer ring = rings.buffer("ring", 3 * PAGE);
    DmaBuffer copy = other.copy("copy", ring, DEFAULTS.at(0x7000_0000L).readOnlyForDevice());
    assertThat(copy.extents()).isEqualTo(ring.extents());
    assertThat(copy.iova().start()).isEqualTo(0x7000_0000L);
    fill(ring, 1);
    checkFill(copy, 1);
  }

  @Test
  void bothAreRestored() {
    DmaBuffer ring = rings.buffer("ring", 3 * PAGE);
    DmaBuffer copy = other.copy("copy", ring, DEFAULTS.at(0x7000_0000L));
    fill(ring, 1);
    long address = copy.physicalAddress(PAGE);
    session.preserve();
    kexec(session);
    start();
    DmaBuffer again = rings.buffer("ring", 3 * PAGE);
    DmaBuffer copyAgain = other.copy("copy", again, DEFAULTS.at(0x7000_0000L));
    assertThat(copyAgain.isRestored()).isTrue();
    assertThat(copyAgain.physicalAddress(PAGE)).isEqualTo(address);
    checkFill(copyAgain, 1);
    // Whichever is closed first, the memory stays the other's.
    again.close();
    rings.buffer("next", 3 * PAGE);
    checkFill(copyAgain, 1);
  }

  @Test
  void theMemoryIsFreedWithTheLast() {
    DmaBuffer ring = rings.buffer("ring", PAGE);
    DmaBuffer copy = other.copy("copy", ring, DEFAULTS);
    DmaBuffer twice = rings.copy("twice", ring, DEFAULTS);
    long address = ring.physicalAddress(0);
    copy.segment().set(ValueLayout.JAVA_LONG, 0, 42);
    ring.close();
    assertThat(rings.buffer("second", PAGE).physicalAddress(0)).isNotEqualTo(address);
    copy.close();
    assertThat(rings.buffer("third", PAGE).physicalAddress(0)).isNotEqualTo(address);
    assertThat(twice.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
    twice.close();
    DmaBuffer last = rings.buffer("fourth", PAGE);
    assertThat(last.physicalAddress(0)).isEqualTo(address);
    assertThat(last.segment().get(ValueLayout.JAVA_LONG, 0)).isZero();
  }

  @Test
  void whatCannotBeCopiedIsRefused() {
    DmaBuffer ring = rings.buffer("ring", PAGE);
    DmaBuffer readOnly = rings.buffer("log", PAGE, DEFAULTS.readOnlyForDevice());
    other.copy("copy", ring, DEFAULTS);
    assertThatThrownBy(() -> other.copy("copy", readOnly, DEFAULTS))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("not the memory of buffer \"log\"");
    assertThatThrownBy(() -> other.copy("writeable", readOnly, DEFAULTS))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("IOMMU_IOAS_COPY failed with EPERM")
        .hasMessageContaining("read-only");
    assertThatThrownBy(() -> session.ioas("empty").copy("copy", ring, DEFAULTS))
        .hasMessageContaining("has no device");
    try (Arena arena = Arena.ofConfined()) {
      DmaBuffer scratch =
          rings.mapAnonymous("scratch", arena.allocate(PAGE, PAGE), DEFAULTS.declaredTransient());
      assertThatThrownBy(() -> other.copy("scratch", scratch, DEFAULTS))
          .isInstanceOf(SessionException.class)
          .hasMessageContaining("mapAnonymous()");
      scratch.close();
    }
    ring.close();
    assertThatThrownBy(() -> other.copy("late", ring, DEFAULTS))
        .isInstanceOf(IllegalStateException.class);
  }
}
