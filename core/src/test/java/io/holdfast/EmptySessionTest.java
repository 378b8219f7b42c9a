package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.FaultInjectingDisk.Operation;
import io.holdfast.model.HoldfastException;
import io.holdfast.session.NothingPreservedException;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.sim.KexecMode;
import io.holdfast.testing.SimulatedHost;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A session with no memory and no device in it, of which a store can keep nothing. */
class EmptySessionTest extends KeptSessionFixture {
  @BeforeEach
  void preserve() throws InterruptedException {
    SimulatedHost host = process();
    session(host).preserve();
    kernel.kexec(KexecMode.FILE);
    host.kill();
    stopHolder();
    startHolder(1000);
  }

  private void restore(SimulatedHost tool) {
    Restore.toStore(tool, "nic0", folder.resolve("state"), options());
  }

  @Test
  void whoTriesAgainAfterFinishIsToldThatNothingWasLost() {
    SimulatedHost tool = process();
    HoldfastException refused = null;
    for (int nth = 1; nth <= 6 && !(refused instanceof NothingPreservedException); nth++) {
      tool.failDisk(Operation.FORCE, nth, "Input/output error");
      try {
        restore(tool);
      } catch (HoldfastException refusal) {
        refused = refusal;
      }
    }
    assertThat(refused)
        .isInstanceOf(NothingPreservedException.class)
        .hasMessageContaining("restored in this boot by process " + tool.syscalls().getpid())
        .hasMessageContaining("nothing was lost");
  }

  @Test
  void itsDriverIsToldTheSame() {
    SimulatedHost tool = process();
    restore(tool);
    tool.kill();
    LiveSession session = session(process());
    assertThat(session.report().outcome()).isEqualTo(Outcome.PROCESS_RESTARTED);
    assertThat(session.report().reason()).contains("nothing was lost");
  }

  @Test
  void oneThatWasNeverRestoredIsNotSaidToBe() {
    SimulatedHost first = process();
    LiveSession.openOrRestore(first, "nic1", folder.resolve("state"), options());
    first.kill();
    LiveSession session =
        LiveSession.openOrRestore(process(), "nic1", folder.resolve("state"), options());
    assertThat(session.report().reason()).contains("nothing was lost").doesNotContain("restored");
  }
}
