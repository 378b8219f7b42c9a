package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.sim.KexecMode;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import org.junit.jupiter.api.Test;

/** Sessions that a holder keeps are sealed, restored after a kexec, and go on. */
class ResumeAfterKexecTest extends ResumeFixture {
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
  void whatCouldNotBeFinishedIsRestoredOnceMoreAndNotResumed() throws InterruptedException {
    kexecWithASealedSession();
    LiveSession restored = restoredAtTheSecondTry();
    checkFill(restored.ioas("rings").find("ring").orElseThrow(), 1);
    restored.preserve(PreserveOptions.defaults().whileDevicesWrite());
  }

  @Test
  void notEvenWhereNothingHasToBeThereForThat() throws InterruptedException {
    SimulatedHost first = process();
    LiveSession session = session(first);
    session.ioas("rings");
    session.preserve();
    session.leave();
    first.kill();
    kernel.kexec(KexecMode.FILE);
    restoredAtTheSecondTry().preserve();
  }

  private LiveSession restoredAtTheSecondTry() throws InterruptedException {
    stopHolder();
    startHolder(1000);
    SimulatedHost second = process();
    second.fail("LIVEUPDATE_SESSION_FINISH", 1, Errno.EBUSY);
    assertThatThrownBy(() -> session(second)).hasMessageContaining("LIVEUPDATE_SESSION_FINISH");
    LiveSession restored = session(second);
    assertThat(restored.report().outcome()).isEqualTo(Outcome.RESTORED);
    return restored;
  }
}
