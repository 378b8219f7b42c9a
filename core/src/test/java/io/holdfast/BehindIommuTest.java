package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.model.IovaWindow;
import io.holdfast.model.NotPreservableException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.Credentials;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.ProcessReplaced;
import io.holdfast.sim.SimulatedMachine;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Devices behind an IOMMU, and beside them one without. */
class BehindIommuTest extends SessionFixture {
  private static final PciAddress TRANSLATED = PciAddress.parse("0000:00:05.0");

  @Override
  SimulatedMachine machine() {
    return SimulatedMachine.standard()
        .withDevice(TRANSLATED, EduDevice.class)
        .withIommuPresent(true)
        .withIommuBypassedBy(EDU);
  }

  /** A session with a device of each kind, and a buffer for each. */
  private LiveSession both() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("plain"));
    session.bind(TRANSLATED, session.ioas("translated"));
    fill(session.ioas("plain").buffer("ring", 3 * 4096), 1);
    // Of its own pool, so that its bytes are proved and those of the other are not.
    fill(session.ioas("translated").buffer("ring", 2 * MIB), 2);
    return session;
  }

  private static DmaBuffer ring(LiveSession session, String ioas) {
    return session.ioas(ioas).find("ring").orElseThrow();
  }

  @Test
  void devicesUseIovasAndThereAreNoPhysicalAddresses() {
    LiveSession session = both();
    DmaBuffer plain = ring(session, "plain");
    assertThat(plain.dmaAddress(4096)).isEqualTo(plain.physicalAddress(4096));
    DmaBuffer buffer = ring(session, "translated");
    long iova = buffer.iova().start();
    assertThat(buffer.dmaAddress(5000)).isEqualTo(iova + 5000);
    assertThat(buffer.contiguousBytes(1)).isEqualTo(2 * MIB - 1);
    DmaSlice slice = buffer.slice(4096, 4096);
    assertThat(slice.dmaAddress(8)).isEqualTo(iova + 4096 + 8);
    assertThat(slice.isContiguous()).isTrue();
    DmaRuns runs = DmaRuns.withinPages(4096).over(buffer, 4000, 200);
    assertThat(runs.next()).isTrue();
    assertThat(runs.dmaAddress()).isEqualTo(iova + 4000);
    assertThat(runs.lengthBytes()).isEqualTo(96);
    List<Runnable> askings =
        List.of(
            () -> buffer.physicalAddress(0),
            buffer::extents,
            slice::physicalAddress,
            runs::physicalAddress);
    for (Runnable asking : askings) {
      assertThatThrownBy(asking::run)
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("\"ring\"")
          .hasMessageContaining("behind an IOMMU");
    }
    buffer.close();
    assertThatThrownBy(() -> buffer.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void bothComeBackEachVerifiedByWhatItHas() {
    LiveSession session = both();
    long plain = ring(session, "plain").physicalAddress(0);
    long iova = ring(session, "translated").iova().start();
    for (int generation = 1; generation <= 3; generation++) {
      session.preserve();
      kexec(session);
      session = session();
      assertThat(session.report().outcome()).isEqualTo(Outcome.RESTORED);
      checkBoth(session, plain, iova);
      assertThat(details(session))
          .containsExactly("", "behind an IOMMU: verified by IOVA and bytes");
    }
  }

  @Test
  void aPageTableOfItsOwnIsMadeAgain() {
    LiveSession session = both();
    session.device(TRANSLATED).orElseThrow().useOwnPageTable();
    for (int generation = 1; generation <= 2; generation++) {
      session.preserve();
      kexec(session);
      session = session();
      assertThat(session.device(TRANSLATED).orElseThrow().hasOwnPageTable()).isTrue();
      assertThat(session.device(EDU).orElseThrow().hasOwnPageTable()).isFalse();
      checkFill(ring(session, "translated"), 2);
    }
  }

  private static void checkBoth(LiveSession session, long plain, long iova) {
    DmaBuffer ring = session.ioas("plain").buffer("ring", 3 * 4096);
    assertThat(ring.physicalAddress(0)).isEqualTo(plain);
    checkFill(ring, 1);
    session.bind(EDU, session.ioas("plain"));
    DmaBuffer other = session.ioas("translated").buffer("ring", 2 * MIB);
    assertThat(other.isRestored()).isTrue();
    assertThat(other.dmaAddress(0)).isEqualTo(iova);
    checkFill(other, 2);
    session.bind(TRANSLATED, session.ioas("translated"));
  }

  private static List<String> details(LiveSession session) {
    assertThat(session.report().buffers()).allMatch(each -> each.verdict() == Verdict.SAME);
    return session.report().buffers().stream().map(RestoreReport.BufferResult::detail).toList();
  }

  @Test
  void theToolHandsBothOver() {
    LiveSession session = both();
    long plain = ring(session, "plain").physicalAddress(0);
    long iova = ring(session, "translated").iova().start();
    session.preserve();
    kexec(session);
    ExecutingProcess process = new ExecutingProcess(kernel.process());
    Restore restore =
        Restore.take(
            new SyscallsHost(process, Disk.local(), "the tool"),
            "nic0",
            folder.resolve("state"),
            SessionOptions.defaults().withEnvironment(Map.of("PATH", "/bin")));
    assertThat(restore.restore().isRestored()).isTrue();
    assertThatThrownBy(() -> restore.handOver(List.of("/bin/true")))
        .isInstanceOf(ProcessReplaced.class);
    LiveSession driver =
        LiveSession.openOrRestore(
            new SyscallsHost(process, Disk.local(), "the driver"),
            "nic0",
            folder.resolve("state"),
            SessionOptions.defaults().withEnvironment(process.environment()));
    open.add(driver);
    checkBoth(driver, plain, iova);
  }

  @Test
  void changedBytesAreFound() {
    LiveSession session = both();
    DmaBuffer ring = ring(session, "translated");
    session.preserve();
    fill(ring, 3);
    kexec(session);
    assertThatThrownBy(this::session)
        .isInstanceOfSatisfying(
            RestoreException.class,
            e ->
                assertThat(e.report().buffers())
                    .filteredOn(each -> each.ioas().equals("translated"))
                    .allMatch(each -> each.verdict() == Verdict.CONTENT_DIFFERS));
  }

  @Test
  void aDeviceThatIsNoLongerBehindAnIommuIsRefused() {
    LiveSession session = both();
    session.preserve();
    kexec(session, KexecMode.FILE, kernel.machine().withIommuPresent(false));
    assertThatThrownBy(this::session)
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining(TRANSLATED + " is no longer behind an IOMMU")
        .hasMessageContaining("intel_iommu=on");
  }

  @Test
  void aDeviceThatIsBehindAnIommuNowIsRefused() {
    kernel.coldBoot(kernel.machine().withIommuPresent(false));
    LiveSession session = session();
    session.bind(TRANSLATED, session.ioas("rings"));
    session.preserve();
    kexec(session, KexecMode.FILE, kernel.machine().withIommuPresent(true));
    assertThatThrownBy(this::session)
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining(TRANSLATED + " is now behind an IOMMU");
  }

  @Test
  void devicesOfBothKindsShareNoIoas() {
    LiveSession session = both();
    Ioas plain = session.ioas("plain");
    VfioDevice translated = session.bind(TRANSLATED, session.ioas("translated"));
    assertThat(translated.isBehindIommu()).isTrue();
    assertThat(session.bind(EDU, plain).isBehindIommu()).isFalse();
    assertThatThrownBy(() -> translated.moveTo(plain))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining(TRANSLATED + " is behind an IOMMU")
        .hasMessageContaining("\"plain\"")
        .hasMessageContaining("copy()");
    translated.close();
    assertThatThrownBy(() -> session.bind(TRANSLATED, plain)).isInstanceOf(SessionException.class);
    assertThat(ring(session, "plain").physicalAddress(0)).isPositive();
  }

  @Test
  void whatBothUseIsMappedForEach() {
    LiveSession session = both();
    DmaBuffer ring = ring(session, "plain");
    DmaBuffer copy = session.ioas("translated").copy("same", ring, MapOptions.defaults());
    fill(ring, 9);
    checkFill(copy, 9);
    session.preserve();
    kexec(session);
    LiveSession restored = session();
    assertThat(restored.isRestored()).isTrue();
    checkFill(restored.ioas("translated").find("same").orElseThrow(), 9);
  }

  @Test
  void anIoasChangesItsKindWhenItHasNoDevice() {
    LiveSession session = both();
    Ioas ioas = session.ioas("plain");
    DmaBuffer ring = ring(session, "plain");
    session.bind(EDU, ioas).close();
    session.bind(TRANSLATED, session.ioas("translated")).moveTo(ioas);
    assertThat(ring.dmaAddress(0)).isEqualTo(ring.iova().start());
    assertThat(session.state().ioases().getFirst().mappings().getFirst().extents().size()).isZero();
    assertThatThrownBy(() -> session.bind(EDU, ioas)).isInstanceOf(SessionException.class);
    session.bind(EDU, session.ioas("translated"));
    DmaBuffer other = ring(session, "translated");
    assertThat(other.dmaAddress(0)).isEqualTo(other.physicalAddress(0));
  }

  @Test
  void aDeviceThatWritesIsNotPreservedWithItsTranslation() {
    LiveSession session = both();
    session.bind(TRANSLATED, session.ioas("translated")).enableBusMastering();
    assertThatThrownBy(() -> session.preserve(PreserveOptions.defaults().whileDevicesWrite()))
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining(TRANSLATED.toString())
        .hasMessageContaining("IOVA");
  }

  @Test
  void withoutChecksumsWhatIsNotComparedIsTold() {
    LiveSession session = both();
    PreserveReport report = session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    assertThat(report.notices()).anyMatch(notice -> notice.contains("without a checksum"));
    kexec(session);
    assertThat(details(session()))
        .containsExactly(
            "", "behind an IOMMU: verified by IOVA only, as it was sealed without checksums");
  }

  @Test
  void aPlacementIsOneOfIovas() {
    LiveSession session = session();
    IovaWindow low = new IovaWindow(0x10000, 0xfffff);
    Ioas ioas = session.ioas("translated", IoasOptions.defaults().allowing(low));
    session.bind(TRANSLATED, ioas);
    MapOptions options = MapOptions.defaults().contiguous().below(1L << 32).aligned(8192);
    DmaBuffer ring = ioas.buffer("ring", 16 * 4096, options);
    assertThat(ring.dmaAddress(0) % 8192).isZero();
    assertThat(ring.iova().last()).isLessThan(0x100000);
    assertThatThrownBy(() -> ioas.buffer("low", 4096, MapOptions.defaults().below(0x8000)))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("IOVA")
        .hasMessageContaining("allowing()");
    assertThatThrownBy(() -> ioas.buffer("ring", 16 * 4096, MapOptions.defaults().below(0x8000)))
        .isInstanceOf(SessionException.class);
  }

  @Test
  void noRawioIsNeeded() {
    Credentials weak = Credentials.root().without(Credentials.CAP_SYS_RAWIO);
    LiveSession session = session(kernel.process(weak));
    session.bind(TRANSLATED, session.ioas("translated"));
    fill(session.ioas("translated").buffer("ring", 4096), 2);
    session.preserve();
    kexec(session);
    LiveSession restored = session(kernel.process(weak));
    assertThat(restored.isRestored()).isTrue();
    checkFill(restored.ioas("translated").buffer("ring", 4096), 2);
  }
}
