package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.model.HoldfastException;
import io.holdfast.session.NothingPreservedException;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreOptions.Choice;
import io.holdfast.session.StoreReport;
import io.holdfast.testing.SimulatedHost;
import org.junit.jupiter.api.Test;

/** The tool restores a session and leaves it to the holder, where its driver resumes it. */
class RestoreToStoreTest extends ResumeFixture {
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
}
