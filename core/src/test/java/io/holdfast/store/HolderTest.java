package io.holdfast.store;

import static io.holdfast.store.Machine.SOCKET;
import static io.holdfast.store.Machine.contents;
import static io.holdfast.store.Machine.memfd;
import static io.holdfast.store.Machine.says;
import static io.holdfast.store.Machine.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.session.StoreReport;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.SocketUapi;
import org.junit.jupiter.api.Test;

/** What a holder keeps, for whom, and when it lets go of it. */
class HolderTest extends HolderFixture {
  @Test
  void aKilledDriversDescriptorsAreGivenToTheNext() {
    driverThatKeeps("iommufd", "device", "device").close();
    SimulatedProcess next = machine.process();
    try (HolderStore store = store(next)) {
      assertThat(contents(next, store))
          .containsExactly(
              "iommufd=this is iommufd", "device=this is device", "device=this is device");
      for (StoredDescriptor each : store.offered()) {
        assertThat(next.fcntl(each.fd(), FcntlUapi.F_GETFD, 0)).isEqualTo(FcntlUapi.FD_CLOEXEC);
      }
      StoredDescriptor first = store.offered().getFirst();
      store.adopt(first);
      store.acknowledge();
      assertThat(store.offered()).isEmpty();
      assertThat(says(next, first.fd())).isEqualTo("this is iommufd");
      assertThat(next.openDescriptors()).describedAs("connection and adopted").isEqualTo(2);
      assertThat(store.report().kind()).isEqualTo(StoreReport.Kind.HOLDER);
    }
    // What it took it did not take away.
    SimulatedProcess third = machine.process();
    try (HolderStore store = store(third)) {
      assertThat(store.offered()).hasSize(3);
    }
    assertThat(third.openDescriptors()).isZero();
  }

  @Test
  void dyingBeforeOrAfterTheAcknowledgementCostsNothing() {
    driverThatKeeps("a", "b").close();
    for (int round = 0; round < 20; round++) {
      SimulatedProcess next = machine.process();
      HolderStore store = store(next);
      if (round % 2 == 0) {
        store.acknowledge();
      }
      next.close();
    }
    SimulatedProcess last = machine.process();
    assertThat(contents(last, store(last))).containsExactly("a=this is a", "b=this is b");
  }

  @Test
  void aSessionIsGivenToOneProcessAtATime() {
    SimulatedProcess driver = driverThatKeeps("a");
    SimulatedProcess another = machine.process();
    assertThatThrownBy(() -> store(another))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has the session open")
        .hasMessageContaining("end that process first");
    assertThat(another.openDescriptors()).isZero();
    driver.close();
    assertThat(store(another).offered()).hasSize(1);
  }

  @Test
  void letsGoByName() {
    SimulatedProcess driver = driverThatKeeps("a", "b", "a");
    assertThat(holder.kept()).isEqualTo(3);
    driver.close();
    SimulatedProcess next = machine.process();
    HolderStore store = store(next);
    assertThatThrownBy(() -> store.remove("a"))
        .hasMessageContaining("acknowledge first what the session had");
    assertThatThrownBy(() -> store.put("c", 3)).isInstanceOf(StoreException.class);
    assertThat(holder.kept()).isEqualTo(3);
    store.acknowledge();
    store.remove("a");
    store.remove("none");
    assertThat(holder.kept()).isEqualTo(1);
    next.close();
    SimulatedProcess last = machine.process();
    assertThat(contents(last, store(last))).containsExactly("b=this is b");
  }

  @Test
  void whatIsLetGoIsReleased() {
    SimulatedProcess driver = machine.process();
    HolderStore store = store(driver);
    int[] pipe = new int[2];
    driver.socketpair(SocketUapi.AF_UNIX, SocketUapi.SOCK_SEQPACKET, 0, pipe);
    int memfd = memfd(driver, "counted");
    int before = holderProcess.openDescriptors();
    store.put("counted", memfd);
    assertThat(holderProcess.openDescriptors()).isEqualTo(before + 1);
    store.remove("counted");
    assertThat(holderProcess.openDescriptors()).isEqualTo(before);
    assertThatThrownBy(() -> store.put("socket", pipe[0]))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("it is a socket");
    assertThat(holderProcess.openDescriptors()).isEqualTo(before);
  }

  @Test
  void anEmptySessionIsForgottenWithItsClient() {
    SimulatedProcess driver = machine.process();
    store(driver);
    assertThat(list(machine.process())).extracting(HeldSession::name).containsExactly("nic0");
    driver.close();
    assertThat(list(machine.process())).isEmpty();
  }

  @Test
  void tellsWhatItKeepsAndForWhom() {
    SimulatedProcess driver = driverThatKeeps("a", "b");
    SimulatedProcess operator = machine.process();
    assertThat(list(operator)).containsExactly(new HeldSession("nic0", 0, 2, driver.getpid()));
    try (HeldSessions sessions = HeldSessions.connect(operator, SOCKET)) {
      assertThatThrownBy(() -> sessions.discard("nic0")).hasMessageContaining("session open");
      driver.close();
      assertThat(list(machine.process())).containsExactly(new HeldSession("nic0", 0, 2, 0));
      assertThat(sessions.discard("nic0")).isEqualTo(2);
      assertThatThrownBy(() -> sessions.discard("nic0")).hasMessageContaining("no such session");
    }
    assertThat(list(operator)).isEmpty();
    assertThat(holder.kept()).isZero();
  }
}
