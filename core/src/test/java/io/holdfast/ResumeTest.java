package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.HoldfastException;
import io.holdfast.session.MapOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.StoreReport;
import io.holdfast.store.StoreException;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A driver dies, and its next process goes on with what the holder has kept. */
class ResumeTest extends ResumeFixture {
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
