package io.holdfast.store;

import static io.holdfast.store.Machine.SOCKET;
import static io.holdfast.store.Machine.contents;
import static io.holdfast.store.Machine.memfd;
import static io.holdfast.store.Machine.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.sim.SimulatedProcess;
import org.junit.jupiter.api.Test;

/** A holder takes everything over from another one. */
class HolderSuccessionTest extends HolderFixture {
  @Test
  void aSuccessorTakesOverAndClientsNoticeNothing() {
    SimulatedProcess driver = machine.process();
    HolderStore store = store(driver);
    store.put("a", memfd(driver, "this is a"));
    SimulatedProcess resting = machine.process();
    HolderStore.open(resting, SOCKET, "other", "a test").put("b", memfd(resting, "this is b"));
    resting.close();
    SimulatedProcess newProcess = machine.process();
    Holder successor = Holder.takeOver(newProcess, HolderOptions.at(SOCKET));
    machine.work(successor);
    assertThat(successor.kept()).isEqualTo(2);
    store.put("c", memfd(driver, "this is c"));
    assertThat(successor.kept()).isEqualTo(3);
    assertThatThrownBy(() -> store(machine.process())).hasMessageContaining("session open");
    driver.close();
    SimulatedProcess next = machine.process();
    assertThat(contents(next, store(next))).containsExactly("a=this is a", "c=this is c");
    SimulatedProcess third = machine.process();
    assertThat(contents(third, HolderStore.open(third, SOCKET, "other", "a test")))
        .containsExactly("b=this is b");
    assertThat(holder.isHandedOver()).isTrue();
    holderProcess.close();
    assertThat(list(machine.process())).hasSize(2);
  }

  @Test
  void aSuccessorThatFallsSilentHoldsNobodyUpForLong() throws HolderConnection.Refused {
    driverThatKeeps("a").close();
    try (HolderConnection silent = HolderConnection.open(machine.process(), SOCKET)) {
      silent.ask(HolderMessage.of(HolderVerb.TAKE_OVER, 0), HolderVerb.OK);
      SimulatedProcess next = machine.process();
      assertThat(store(next).offered()).hasSize(1);
      assertThat(holder.isHandedOver()).isFalse();
    }
  }

  @Test
  void aSuccessorThatDiesHasCostNothing() {
    driverThatKeeps("a", "b").close();
    for (int parts = 0; parts < 3; parts++) {
      SimulatedProcess failing = machine.process();
      try (HolderConnection connection = HolderConnection.open(failing, SOCKET)) {
        connection.ask(HolderMessage.of(HolderVerb.TAKE_OVER, 0), HolderVerb.OK);
        for (int i = 0; i < parts; i++) {
          connection.ask(HolderMessage.of(HolderVerb.TAKE_PART, i), HolderVerb.PART);
        }
        assertThatThrownBy(
                () -> connection.ask(HolderMessage.of(HolderVerb.COMMIT, 0), HolderVerb.OK))
            .hasMessageContaining("not every part was taken");
      } catch (HolderConnection.Refused refused) {
        throw new AssertionError(refused);
      }
      failing.close();
    }
    SimulatedProcess next = machine.process();
    assertThat(store(next).offered()).hasSize(2);
    assertThat(holder.isHandedOver()).isFalse();
  }
}
