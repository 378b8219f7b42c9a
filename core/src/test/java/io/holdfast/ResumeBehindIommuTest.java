package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_unmap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** A driver of a device behind an IOMMU dies, and the next one goes on where it was. */
class ResumeBehindIommuTest extends KeptSessionFixture {
  @Override
  SimulatedMachine machine() {
    return SimulatedMachine.standard().withIommuPresent(true);
  }

  private long iova;

  private void dead() {
    SimulatedHost first = process();
    LiveSession session = session(first);
    VfioDevice device = session.bind(EDU, session.ioas("rings"));
    DmaBuffer ring = session.ioas("rings").buffer("ring", 3 * PAGE);
    fill(ring, 1);
    iova = ring.dmaAddress(0);
    device.enableBusMastering();
    first.kill();
  }

  @Test
  void itsDeviceRunsOn() {
    dead();
    LiveSession session = session(process());
    assertThat(session.report().outcome()).isEqualTo(Outcome.RESUMED);
    assertThat(session.report().buffers())
        .singleElement()
        .satisfies(each -> {
          assertThat(each.verdict()).isEqualTo(Verdict.SAME);
          assertThat(each.detail()).contains("behind an IOMMU").contains("IOVA");
        });
    DmaBuffer ring = session.ioas("rings").buffer("ring", 3 * PAGE);
    checkFill(ring, 1);
    assertThat(ring.dmaAddress(0)).isEqualTo(iova);
    assertThat(session.bind(EDU, session.ioas("rings")).isBusMaster()).isTrue();
  }

  @Test
  void whatIsNotMappedAnyMoreIsMissed() {
    dead();
    try (Keeper keeper = new Keeper();
        Arena arena = Arena.ofConfined()) {
      MemorySegment unmap = arena.allocate(iommu_ioas_unmap.LAYOUT.size(), 8);
      iommu_ioas_unmap.size.set(unmap, (int) unmap.byteSize());
      iommu_ioas_unmap.ioas_id.set(unmap, 1);
      iommu_ioas_unmap.iova.set(unmap, iova);
      iommu_ioas_unmap.length.set(unmap, 3 * PAGE);
      SimulatedProcess process = keeper.process;
      int iommufd =
          keeper.kept.entrySet().stream()
              .filter(each -> each.getKey().contains("iommufd"))
              .findFirst()
              .orElseThrow()
              .getValue();
      assertThat(process.ioctl(iommufd, IommufdUapi.IOMMU_IOAS_UNMAP, unmap)).isZero();
    }
    assertThatThrownBy(() -> session(process()))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("\"ring\"")
        .hasMessageContaining("is not mapped at");
  }
}
