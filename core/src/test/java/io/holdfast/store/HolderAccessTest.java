package io.holdfast.store;

import static io.holdfast.store.Machine.SOCKET;
import static io.holdfast.store.Machine.memfd;
import static io.holdfast.store.Machine.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.sim.SimulatedProcess;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Whom a holder listens to, and where. */
class HolderAccessTest extends HolderFixture {
  @Test
  void aSessionIsItsFirstUsers() throws HolderConnection.Refused {
    try (Machine other = new Machine()) {
      SimulatedProcess root = other.process();
      Holder ofUser = Holder.start(other.process(1000), HolderOptions.at("/tmp/held/holder.sock"));
      other.work(ofUser);
      try (HolderConnection roots = HolderConnection.open(root, "/tmp/held/holder.sock")) {
        roots.ask(HolderMessage.of(HolderVerb.OPEN, 0, "roots"), HolderVerb.OK);
        roots.ask(HolderMessage.of(HolderVerb.PUT, 0, "a"), HolderVerb.OK, memfd(root, "x"));
      }
      assertThatThrownBy(() ->
              HolderStore.open(other.process(1000), "/tmp/held/holder.sock", "roots", "a test"))
          .hasMessageContaining("the session is of user 0");
      assertThat(HolderStore.open(other.process(1000), "/tmp/held/holder.sock", "own", "a test"))
          .isNotNull();
      assertThatThrownBy(
              () -> HolderStore.open(other.process(1001), "/tmp/held/holder.sock", "own", "a test"))
          .hasMessageContaining("EACCES");
    }
  }

  @Test
  void aUserThatThePathLetsThroughIsStillTurnedAway() {
    try (Machine other = new Machine()) {
      AtomicInteger asked = new AtomicInteger();
      // The node becomes user 7's, and the holder is then somebody else's.
      Syscalls changing =
          new ForwardingSyscalls(other.process(7)) {
            @Override
            public int geteuid() {
              return asked.getAndIncrement() == 0 ? 7 : 8;
            }
          };
      other.holder(changing);
      SimulatedProcess seven = other.process(7);
      assertThatThrownBy(() -> store(seven)).hasMessageContaining("not for user 7");
      assertThat(seven.openDescriptors()).isZero();
    }
  }

  @Test
  void nothingIsGivenToAHolderOfAnotherUser() {
    try (Machine other = new Machine()) {
      String path = "/tmp/held/holder.sock";
      Holder ofUser = Holder.start(other.process(1000), HolderOptions.at(path));
      other.work(ofUser);
      SimulatedProcess root = other.process();
      assertThatThrownBy(() -> HolderStore.open(root, path, "nic0", "a test"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("belongs to user 1000");
      assertThat(root.openDescriptors()).isZero();
      try (HeldSessions looking = HeldSessions.connect(root, path)) {
        assertThat(looking.list()).isEmpty();
      }
    }
  }

  @Test
  void oneHolderListensAtAPath() {
    assertThatThrownBy(() -> Holder.start(machine.process(), HolderOptions.at(SOCKET)))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("a holder is running at " + SOCKET)
        .hasMessageContaining("--take-over");
    holderProcess.close();
    SimulatedProcess driver = machine.process();
    assertThatThrownBy(() -> store(driver)).hasMessageContaining("what it kept is lost");
    SimulatedProcess again = machine.process();
    Holder second = machine.holder(again);
    store(driver).put("a", memfd(driver, "x"));
    assertThat(second.kept()).isEqualTo(1);
  }

  @Test
  void listensOnlyInAPrivateDirectory() {
    SimulatedProcess process = machine.process();
    process.mkdir("/run/open", 0755);
    assertThatThrownBy(() -> Holder.start(process, HolderOptions.at("/run/open/holder.sock")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("mode 0755")
        .hasMessageContaining("directory of its own");
    assertThatThrownBy(() -> Holder.start(process, HolderOptions.at("/run/holdfast")))
        .hasMessageContaining("/run is not a directory of this user's with mode 0700");
    assertThat(process.openDescriptors()).isZero();
  }
}
