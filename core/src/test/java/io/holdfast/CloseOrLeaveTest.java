package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.testing.SimulatedHost;
import org.junit.jupiter.api.Test;

/** What closing a session gives up, and what it leaves with the holder. */
class CloseOrLeaveTest extends ResumeFixture {
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
}
