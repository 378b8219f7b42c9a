package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journal.JournalReader;
import io.holdfast.model.ExtentList;
import io.holdfast.model.KernelException;
import io.holdfast.model.NotPreservableException;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.SessionException;
import io.holdfast.sim.KexecMode;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/**
 * A driver's session on the simulated kernel, through live updates and what can go wrong in them.
 */
class LiveSessionTest extends SessionFixture {
  @Test
  void aFirstStartMakesEverythingNew() {
    LiveSession session = session();
    assertThat(session.report().outcome()).isEqualTo(Outcome.FIRST_START);
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer tx = rings.buffer("tx", 2 * MIB);
    assertThat(tx.isRestored()).isFalse();
    assertThat(tx.extents().lengthBytes()).isEqualTo(2 * MIB);
    assertThat(tx.physicalAddress(4097)).isEqualTo(physicalAddress(tx.extents(), 4097));
    assertThat(device.isBusMaster()).isFalse();
    assertThat(rings.buffer("tx", 2 * MIB).extents()).isEqualTo(tx.extents());
  }

  @Test
  void filesThatWouldNotComeBackAreRefused() {
    Syscalls process = kernel.process();
    LiveSession session = session(process);
    assertThatThrownBy(
            () -> session.file("frames", () -> memfd(process, MemfdUapi.MFD_NOEXEC_SEAL, 4096)))
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining("F_SEAL_EXEC");
    assertThatThrownBy(
            () -> session.file("frames", () -> memfd(process, MemfdUapi.MFD_HUGETLB, 2 * MIB)))
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining("hugetlb");
    assertThat(session.state().files()).isEmpty();
  }

  @Test
  void anonymousMemoryIsRefusedUnlessDeclaredTransient() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(2 * 4096, 4096);
      LiveSession session = session();
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      rings.buffer("kept", 4096);
      DmaBuffer scratch = rings.mapAnonymous("scratch", memory, MapOptions.defaults());
      assertThatThrownBy(session::preserve)
          .isInstanceOf(NotPreservableException.class)
          .hasMessageContaining("\"scratch\"");
      assertThat(session.isPreserved()).isFalse();
      scratch.close();
      rings.mapAnonymous("scratch", memory, MapOptions.defaults().declaredTransient());
      PreserveReport report = session.preserve();
      assertThat(report.notices()).anyMatch(notice -> notice.contains("\"scratch\""));
      kexec(session);
      LiveSession restored = session();
      assertThat(restored.ioas("rings").buffers())
          .extracting(DmaBuffer::name)
          .containsExactly("kept");
    }
  }

  @Test
  void aSealedSessionTakesNoChangesUntilItIsCancelled() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    rings.buffer("tx", 4096);
    session.preserve();
    assertThatThrownBy(() -> rings.buffer("more", 4096))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("cancelPreserve");
    session.cancelPreserve();
    rings.buffer("more", 4096);
    session.preserve();
    kexec(session);
    assertThat(session().ioas("rings").buffers()).hasSize(2);
  }

  @Test
  void aBufferNeedsADeviceFirst() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    assertThatThrownBy(() -> rings.buffer("tx", 4096))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("bind a device");
  }

  @Test
  void whenTheLastDeviceGoesAddressesAreNotHandedOutAnyMore() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer tx = rings.buffer("tx", 4096);
    device.close();
    assertThatThrownBy(() -> tx.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(session::preserve)
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining("no device attached");
    session.bind(EDU, rings);
    assertThat(tx.physicalAddress(0)).isEqualTo(tx.extents().physicalAddress(0));
    session.preserve();
  }

  @Test
  void whyItStartsFreshIsSaid() {
    LiveSession session = session();
    session.close();
    LiveSession second = session();
    assertThat(second.report().outcome()).isEqualTo(Outcome.PROCESS_RESTARTED);
    kernel.coldBoot();
    second.close();
    LiveSession third = session();
    assertThat(third.report().outcome()).isEqualTo(Outcome.COLD_BOOT);
    third.bind(EDU, third.ioas("rings"));
    third.ioas("rings").buffer("tx", 4096);
    third.preserve();
    kexec(third, KexecMode.LEGACY, kernel.machine());
    LiveSession fourth = session();
    assertThat(fourth.report().outcome()).isEqualTo(Outcome.PRESERVED_BUT_LOST);
    assertThat(fourth.report().reason()).contains("kexec without -s");
  }

  @Test
  void twoProcessesCannotHaveOneSession() {
    session();
    assertThatThrownBy(this::session).hasMessageContaining("being written by");
  }

  @Test
  void aNewBufferIsZeroedWhereAnotherWasBefore() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    DmaBuffer before = rings.buffer("before", 2 * 4096);
    fill(before, 3);
    ExtentList extents = before.extents();
    before.close();
    DmaBuffer after = rings.buffer("after", 2 * 4096);
    assertThat(after.extents()).isEqualTo(extents);
    assertThat(after.segment().mismatch(MemorySegment.ofArray(new byte[2 * 4096]))).isEqualTo(-1);
  }

  @Test
  void aNameDoesNotStandForOtherMemory() {
    Syscalls process = kernel.process();
    LiveSession session = session(process);
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    DmaFile frames = session.file("frames", () -> memfd(process, MemfdUapi.MFD_EXEC, 3 * 4096));
    rings.map("one", frames, 4096, 4096, MapOptions.defaults());
    assertThatThrownBy(() -> rings.buffer("one", 4096))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("is memfd \"frames\" at 4096, not memory of the session");
    assertThatThrownBy(() -> rings.map("one", frames, 0, 4096, MapOptions.defaults()))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("at 4096, not memfd \"frames\" at 0");
  }

  @Test
  void aDeviceThatCouldNotBeBoundAgainLeavesBuffersWithoutAddresses() {
    boolean[] broken = {false};
    LiveSession session = session(refusing(IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA, broken));
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer tx = rings.buffer("tx", 4096);
    device.close();
    broken[0] = true;
    assertThatThrownBy(() -> session.bind(EDU, rings)).isInstanceOf(KernelException.class);
    assertThatThrownBy(() -> tx.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
    assertThat(session.state().devices()).isEmpty();
    assertThat(JournalReader.read(folder.resolve("state/nic0/journal")).state().devices())
        .isEmpty();
  }
}
