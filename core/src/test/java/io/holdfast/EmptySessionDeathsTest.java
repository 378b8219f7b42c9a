package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sim.KexecMode;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import io.holdfast.testing.SimulatedHost;
import org.junit.jupiter.api.Test;

/**
 * A preserved session with nothing in it stays preserved when its process dies. Whenever the next
 * start dies too, the next kernel must not be handed a session that the journal does not know.
 */
class EmptySessionDeathsTest extends KeptSessionFixture {
  @Test
  void aStartMayDieAtAnyCallBeforeTheKexec() throws InterruptedException {
    int deaths = 0;
    while (diesAt(deaths + 1)) {
      deaths++;
      kernel.kexec(KexecMode.FILE);
      stopHolder();
      startHolder(1000);
      SimulatedHost next = process();
      session(next).close(); // It opens, restored or afresh.
      next.kill();
      kernel.coldBoot();
      stopHolder();
      startHolder(1000);
    }
    assertThat(deaths).isGreaterThan(10);
  }

  /** Whether the start after a sealed session's process has made so many calls, and died. */
  private boolean diesAt(int call) {
    SimulatedHost first = process();
    session(first).preserve();
    first.kill();
    SimulatedHost second = process();
    int[] seen = new int[1];
    second.faults(_ -> ++seen[0] == call ? Fault.DIE_AFTER : Fault.NONE);
    try {
      session(second);
      return false;
    } catch (ProcessDied dead) {
      return true;
    } finally {
      second.faults(_ -> Fault.NONE);
      second.kill();
    }
  }

  @Test
  void itIsResumedAndStaysPreserved() {
    SimulatedHost first = process();
    session(first).preserve();
    first.kill();
    LiveSession again = session(process());
    assertThat(again.isResumed()).isTrue();
    assertThat(again.isPreserved()).isTrue();
  }
}
