package io.holdfast.store;

import static io.holdfast.store.Machine.SOCKET;
import static io.holdfast.store.Machine.memfd;
import static io.holdfast.store.Machine.store;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sim.SimulatedProcess;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** A holder and its clients, each a process of a simulated machine. */
@Timeout(120)
abstract class HolderFixture {
  final Machine machine = new Machine();
  SimulatedProcess holderProcess;
  Holder holder;

  @BeforeEach
  void start() {
    holderProcess = machine.process();
    holder = machine.holder(holderProcess);
  }

  @AfterEach
  void end() {
    machine.close();
    assertThat(machine.holderFailures)
        .allSatisfy(failure -> assertThat(failure).hasMessageContaining("ESRCH"));
  }

  SimulatedProcess driverThatKeeps(String... names) {
    SimulatedProcess driver = machine.process();
    HolderStore store = store(driver);
    for (String name : names) {
      store.put(name, memfd(driver, "this is " + name));
    }
    return driver;
  }

  static List<HeldSession> list(SimulatedProcess process) {
    try (HeldSessions sessions = HeldSessions.connect(process, SOCKET)) {
      return sessions.list();
    }
  }
}
