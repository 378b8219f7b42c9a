package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.model.HoldfastException;
import io.holdfast.session.MapOptions;
import io.holdfast.session.NothingPreservedException;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreOptions.Choice;
import io.holdfast.session.StoreReport;
import io.holdfast.sim.KexecMode;
import io.holdfast.store.StoreException;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A driver dies, a holder keeps its descriptors, and the next driver goes on where it was. */
class ResumeTest extends KeptSessionFixture {
  private long ring;
  private long frames;

  /** A running device, a buffer of the session's and one of a memfd of the driver's. */
  private LiveSession driver(SimulatedHost host) {
    LiveSession session = session(host);
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    fill(rings.buffer("ring", 3 * PAGE), 1);
    fill(rings.map("frames", file(session, host), PAGE, PAGE, MapOptions.defaults()), 2);
    device.enableBusMastering();
    ring = rings.buffer("ring", 3 * PAGE).physicalAddress(0);
    frames = rings.find("frames").orElseThrow().physicalAddress(0);
    return session;
  }

  private static DmaFile file(LiveSession session, SimulatedHost host) {
    return session.file(
        "frames",
        () -> {
          int fd = host.syscalls().memfd_create("frames", MemfdUapi.MFD_EXEC);
          assertThat(host.syscalls().ftruncate(fd, 2 * PAGE)).isZero();
          return fd;
        });
  }

  private void checkResumed(LiveSession session, SimulatedHost host) {
    assertThat(session.report().outcome()).isEqualTo(Outcome.RESUMED);
    assertThat(session.isRestored()).isTrue();
    Ioas rings = session.ioas("rings");
    DmaBuffer buffer = rings.buffer("ring", 3 * PAGE);
    DmaBuffer other = rings.map("frames", file(session, host), PAGE, PAGE, MapOptions.defaults());
    checkFill(buffer, 1);
    checkFill(other, 2);
    assertThat(buffer.physicalAddress(0)).isEqualTo(ring);
    assertThat(other.physicalAddress(0)).isEqualTo(frames);
    assertThat(session.report().buffers()).allMatch(each -> each.verdict() == Verdict.SAME);
    assertThat(session.report().devices()).allMatch(each -> each.verdict() == Verdict.SAME);
  }

  private void kexecWithASealedSession() {
    SimulatedHost first = process();
    LiveSession session = driver(first);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    session.leave();
    first.kill();
    kernel.kexec(KexecMode.FILE);
  }

  @Test
  void theToolLeavesARestoredSessionToTheStore() throws InterruptedException {
    kexecWithASealedSession();
    stopHolder();
    startHolder(1000);
    SimulatedHost tool = process();
    Restore.LeftToStore left = Restore.toStore(tool, "nic0", folder.resolve("state"), options());
    assertThat(left.report().outcome()).isEqualTo(Outcome.RESTORED);
    assertThat(left.store().kind()).isEqualTo(StoreReport.Kind.HOLDER);
    tool.kill();
    SimulatedHost second = process();
    checkResumed(session(second), second);
  }

  @Test
  void theToolCanBeRunAgainWhateverTheDiskRefuses() throws InterruptedException {
    kexecWithASealedSession();
    stopHolder();
    startHolder(1000);
    SimulatedHost tool = process();
    int refused = 0;
    for (int nth = 1; nth <= 6; nth++) {
      tool.failDisk(FaultInjectingDisk.Operation.FORCE, nth, "Input/output error");
      try {
        Restore.toStore(tool, "nic0", folder.resolve("state"), options());
      } catch (HoldfastException refusal) {
        refused++;
        assertThat(refusal).hasMessageContaining("Input/output error");
      }
    }
    assertThat(refused).isPositive();
    tool.kill();
    SimulatedHost second = process();
    checkResumed(session(second), second);
  }

  @Test
  void theToolTakesNothingOutThatNobodyWouldKeep() {
    kexecWithASealedSession();
    SimulatedHost tool = process();
    SessionOptions none = options().withStore(StoreOptions.automatic().with(Choice.NONE));
    assertThatThrownBy(() -> Restore.toStore(tool, "nic0", folder.resolve("state"), none))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("nothing would keep");
    tool.kill();
    assertThat(session(process(), none).report().outcome()).isEqualTo(Outcome.RESTORED);
  }

  @Test
  void theToolStartsNothingAfresh() {
    SimulatedHost tool = process();
    assertThatThrownBy(() -> Restore.toStore(tool, "nic0", folder.resolve("state"), options()))
        .isInstanceOf(NothingPreservedException.class);
  }

  @Test
  void theNextProcessGoesOnWithARunningDevice() {
    SimulatedHost first = process();
    long journal = driver(first).state().journal().getMostSignificantBits();
    first.kill();
    SimulatedHost second = process();
    LiveSession session = session(second);
    checkResumed(session, second);
    VfioDevice device = session.device(EDU).orElseThrow();
    assertThat(device.isBusMaster()).as("it was never reset").isTrue();
    assertThat(session.state().journal().getMostSignificantBits()).isEqualTo(journal);
    assertThat(session.report().generation()).isZero();
    DmaBuffer more = session.ioas("rings").buffer("more", PAGE);
    copyByDma(device, session.ioas("rings").find("ring").orElseThrow(), more);
    checkFill(more, 1);
    assertThat(kernel.violations()).isEmpty();
  }

  @Test
  void aDriverThatDiesEveryTimeIsResumedEveryTime() {
    SimulatedHost host = process();
    driver(host);
    for (int i = 0; i < 4; i++) {
      host.kill();
      host = process();
      LiveSession session = session(host);
      checkResumed(session, host);
      String name = "made" + i;
      fill(session.ioas("rings").buffer(name, PAGE), i);
      for (int before = 0; before <= i; before++) {
        checkFill(session.ioas("rings").find("made" + before).orElseThrow(), before);
      }
    }
  }

  @Test
  void leavingKeepsEverythingAndDiscardingGivesItUp() {
    SimulatedHost first = process();
    driver(first).leave();
    assertThat(first.openDescriptors()).as("this process has let go").isZero();
    SimulatedHost second = process();
    LiveSession session = session(second);
    checkResumed(session, second);
    session.discard();
    assertThat(holder.kept()).isZero();
    assertThat(kernel.pinnedMemoryBytes()).isZero();
    LiveSession fresh = session(process());
    assertThat(fresh.report().outcome()).isEqualTo(Outcome.PROCESS_RESTARTED);
    assertThat(fresh.ioas("rings").buffers()).isEmpty();
  }

  @Test
  void aDriverThatFailsAtItsStartLosesNothing() {
    SimulatedHost first = process();
    driver(first);
    first.kill();
    for (int i = 0; i < 2; i++) {
      SimulatedHost failing = process();
      try (LiveSession session = session(failing)) {
        assertThat(session.isResumed()).isTrue();
        session.ioas("rings").find("ring").orElseThrow().segment();
      }
      assertThat(failing.openDescriptors()).isZero();
    }
    SimulatedHost next = process();
    LiveSession session = session(next);
    checkResumed(session, next);
    assertThat(session.device(EDU).orElseThrow().isBusMaster()).isTrue();
  }

  @Test
  void whatWasRestoredIsNotLostByADriverThatFailsEither() throws InterruptedException {
    kexecWithASealedSession();
    stopHolder();
    startHolder(1000);
    SimulatedHost failing = process();
    try (LiveSession session = session(failing)) {
      assertThat(session.report().outcome()).isEqualTo(Outcome.RESTORED);
    }
    SimulatedHost next = process();
    checkResumed(session(next), next);
  }

  @Test
  void aDriverThatWorksGivesUpWhatItCloses() {
    SimulatedHost first = process();
    driver(first);
    first.kill();
    SimulatedHost next = process();
    LiveSession session = session(next);
    session.ready();
    session.close();
    assertThat(holder.kept()).isZero();
    assertThat(kernel.pinnedMemoryBytes()).isZero();
  }

  @Test
  void whatIsPreservedStaysPreservedWhenItIsClosed() {
    SimulatedHost first = process();
    LiveSession session = driver(first);
    session.ready();
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    session.close();
    SimulatedHost next = process();
    LiveSession resumed = session(next);
    checkResumed(resumed, next);
    assertThat(resumed.isPreserved()).isTrue();
    resumed.discard();
    assertThat(holder.kept()).isZero();
    assertThat(kernel.pinnedMemoryBytes()).isZero();
  }

  @Test
  void aDeviceIsStoppedFirstWhereThatIsAsked() {
    SimulatedHost first = process();
    driver(first);
    first.kill();
    SimulatedHost second = process();
    LiveSession session = session(second, options().withDevicesStoppedOnResume());
    checkResumed(session, second);
    assertThat(session.device(EDU).orElseThrow().isBusMaster()).isFalse();
  }

  @Test
  void aPreservedSessionStaysPreservedAndCanBeTakenBack() {
    SimulatedHost first = process();
    driver(first).preserve(PreserveOptions.defaults().whileDevicesWrite());
    first.kill();
    SimulatedHost second = process();
    LiveSession session = session(second);
    checkResumed(session, second);
    assertThat(session.isPreserved()).isTrue();
    session.cancelPreserve();
    session.ioas("rings").buffer("more", PAGE);
    second.kill();
    SimulatedHost third = process();
    LiveSession again = session(third);
    checkResumed(again, third);
    assertThat(again.isPreserved()).isFalse();
    again.preserve(PreserveOptions.defaults().whileDevicesWrite());
  }

  @Test
  void aDriverThatHasEndedIsRestoredAfterTheKexec() throws InterruptedException {
    SimulatedHost first = process();
    LiveSession session = driver(first);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    session.leave();
    first.kill();
    kernel.kexec(KexecMode.FILE);
    stopHolder();
    startHolder(1000);
    SimulatedHost second = process();
    LiveSession restored = session(second);
    assertThat(restored.report().outcome()).isEqualTo(Outcome.RESTORED);
    checkFill(restored.ioas("rings").find("ring").orElseThrow(), 1);
    assertThat(restored.ioas("rings").find("ring").orElseThrow().physicalAddress(0))
        .isEqualTo(ring);
    restored.device(EDU).orElseThrow().enableBusMastering();
    second.kill();
    SimulatedHost third = process();
    LiveSession resumed = session(third);
    checkResumed(resumed, third);
    assertThat(resumed.report().generation()).isEqualTo(1);
    resumed.preserve(PreserveOptions.defaults().whileDevicesWrite());
    resumed.leave();
    third.kill();
    kernel.kexec(KexecMode.FILE);
    stopHolder();
    startHolder(1000);
    assertThat(session(process()).report().generation()).isEqualTo(2);
  }

  @Test
  void aBufferMadeAfterARestoreLiesBesideTheRestoredOnes() throws InterruptedException {
    kexecWithASealedSession();
    stopHolder();
    startHolder(1000);
    SimulatedHost second = process();
    LiveSession restored = session(second);
    Ioas rings = restored.ioas("rings");
    DmaBuffer more = rings.buffer("more", 3 * PAGE);
    fill(more, 3);
    assertThat(more.physicalAddress(0)).isNotEqualTo(ring);
    checkFill(rings.find("ring").orElseThrow(), 1);
    checkFill(more, 3);
    restored.leave();
    second.kill();
  }

  @Test
  void aKeptLiveUpdateSessionIsTakenWhateverItsName() throws InterruptedException {
    SimulatedHost first = process();
    LiveSession session = driver(first);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    session.leave();
    first.kill();
    kexecIntoAnotherHolder("somebody-gave-this-name");
    LiveSession restored = session(process());
    assertThat(restored.report().outcome()).isEqualTo(Outcome.RESTORED);
    restored.leave();
    assertThat(new Keeper().kept.keySet())
        .as("a finished session is not offered again")
        .noneMatch(name -> name.startsWith("somebody"));
  }

  @Test
  void whatIsNotTakenByTheStoreIsToldOrRefused() throws InterruptedException {
    stopHolder();
    startHolder(2);
    SimulatedHost host = process();
    LiveSession session = session(host);
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    assertThat(session.store().kind()).isEqualTo(StoreReport.Kind.HOLDER);
    rings.buffer("ring", PAGE);
    assertThat(session.store().kind()).isEqualTo(StoreReport.Kind.NONE);
    assertThat(session.report().notices())
        .anyMatch(notice -> notice.contains("did not take \"kept/nic0/memory/1\""));
    assertThat(holder.kept()).as("half a session could not be resumed").isZero();
    session.close();
    LiveSession strict = session(host, options().withStoreRequired());
    Ioas again = strict.ioas("rings");
    strict.bind(EDU, again);
    assertThatThrownBy(() -> again.buffer("ring", PAGE)).isInstanceOf(StoreException.class);
    assertThat(again.buffers()).isEmpty();
  }

  /** A resumed session in which memory of its dead process, "scratch", is mapped. */
  private LiveSession withMemoryOfTheDeadProcess() {
    SimulatedHost first = process();
    LiveSession session = driver(first);
    session
        .ioas("rings")
        .mapAnonymous(
            "scratch",
            Arena.ofAuto().allocate(PAGE, PAGE),
            MapOptions.defaults().declaredTransient());
    first.kill();
    return session(process());
  }

  @Test
  void memoryOfTheDeadProcessStaysPinnedUntilItIsClosed() {
    LiveSession resumed = withMemoryOfTheDeadProcess();
    assertThat(resumed.report().outcome()).isEqualTo(Outcome.RESUMED);
    assertThat(resumed.report().notices())
        .anyMatch(notice -> notice.contains("IOMMU_IOAS_CHANGE_PROCESS failed with EINVAL"));
    DmaBuffer scratch = resumed.ioas("rings").find("scratch").orElseThrow();
    assertThatThrownBy(scratch::segment).isInstanceOf(IllegalStateException.class);
    scratch.close();
    assertThat(resumed.ioas("rings").find("scratch")).isEmpty();
  }

  @Test
  void memoryOfTheDeadProcessCannotBePinnedAgain() {
    LiveSession resumed = withMemoryOfTheDeadProcess();
    Ioas rings = resumed.ioas("rings");
    resumed.device(EDU).orElseThrow().close();
    assertThatThrownBy(() -> resumed.bind(EDU, rings)).hasStackTraceContaining("EFAULT");
    rings.find("scratch").orElseThrow().close();
    resumed.bind(EDU, rings);
    checkFill(rings.find("ring").orElseThrow(), 1);
  }

  @Test
  void withoutItsJournalARunningSessionIsRefused() throws IOException {
    SimulatedHost first = process();
    driver(first);
    first.kill();
    Path journal = folder.resolve("state/nic0/journal");
    Path aside = folder.resolve("aside");
    Files.move(journal, aside);
    int kept = holder.kept();
    SimulatedHost second = process();
    assertThatThrownBy(() -> session(second))
        .isInstanceOf(HoldfastException.class)
        .hasMessageContaining("its journal");
    assertThat(holder.kept()).isEqualTo(kept);
    Files.move(aside, journal, StandardCopyOption.REPLACE_EXISTING);
    checkResumed(session(second), second);
  }

  @Test
  void anUnboundDevicesBuffersAreMappedAndNotPinned() {
    SimulatedHost first = process();
    LiveSession session = driver(first);
    session.device(EDU).orElseThrow().close();
    first.kill();
    SimulatedHost second = process();
    LiveSession resumed = session(second);
    assertThat(resumed.report().outcome()).isEqualTo(Outcome.RESUMED);
    Ioas rings = resumed.ioas("rings");
    DmaBuffer buffer = rings.find("ring").orElseThrow();
    checkFill(buffer, 1);
    assertThatThrownBy(() -> buffer.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
    resumed.bind(EDU, rings);
    assertThat(buffer.physicalAddress(0)).isPositive();
    assertThat(List.of(rings.find("frames").orElseThrow().physicalAddress(0))).isNotEmpty();
  }
}
