package io.holdfast.store;

import static io.holdfast.store.Machine.SOCKET;
import static io.holdfast.store.Machine.contents;
import static io.holdfast.store.Machine.memfd;
import static io.holdfast.store.Machine.says;
import static io.holdfast.store.Machine.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.linux.UnixSocket;
import io.holdfast.session.StoreReport;
import io.holdfast.sim.Credentials;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.SocketUapi;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A holder and its clients, each a process of a simulated machine. */
@Timeout(120)
class HolderTest {
  private final Machine machine = new Machine();
  private SimulatedProcess holderProcess;
  private Holder holder;

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

  private SimulatedProcess driverThatKeeps(String... names) {
    SimulatedProcess driver = machine.process();
    HolderStore store = store(driver);
    for (String name : names) {
      store.put(name, memfd(driver, "this is " + name));
    }
    return driver;
  }

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

  private static List<HeldSession> list(SimulatedProcess process) {
    try (HeldSessions sessions = HeldSessions.connect(process, SOCKET)) {
      return sessions.list();
    }
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
  void keepsNoMoreThanItMay() {
    try (Machine other = new Machine()) {
      SimulatedProcess small =
          other.kernel.process(Credentials.root().without(Credentials.CAP_SYS_RESOURCE));
      Holder holder = Holder.start(small, new HolderOptions(SOCKET, 3));
      other.work(holder);
      SimulatedProcess driver = other.process();
      HolderStore store = store(driver);
      int memfd = memfd(driver, "x");
      for (int i = 0; i < 3; i++) {
        store.put("m", memfd);
      }
      assertThatThrownBy(() -> store.put("m", memfd))
          .hasMessageContaining("the holder keeps 3 descriptors")
          .hasMessageContaining("raise LimitNOFILE=");
      store.remove("m");
      store.put("m", memfd);
      assertThat(holder.kept()).isEqualTo(1);
    }
  }

  @Test
  void keepsTenThousand() {
    SimulatedProcess driver = machine.process();
    HolderStore store = store(driver);
    int memfd = memfd(driver, "one of many");
    for (int i = 0; i < 10_000; i++) {
      store.put("m" + i, memfd);
    }
    driver.close();
    assertThat(holder.kept()).isEqualTo(10_000);
    SimulatedProcess small = machine.process();
    assertThatThrownBy(() -> store(small))
        .hasMessageContaining("no number free")
        .hasMessageContaining("RLIMIT_NOFILE");
    assertThat(small.openDescriptors()).isZero();
    SimulatedProcess next = machine.kernel.process(Credentials.root().withOpenFilesLimit(12_000));
    List<StoredDescriptor> offered = store(next).offered();
    assertThat(offered).hasSize(10_000);
    assertThat(offered.getLast().name()).isEqualTo("m9999");
    assertThat(says(next, offered.getLast().fd())).isEqualTo("one of many");
  }

  @Test
  void manyClientsAtOnceEachHaveTheirOwn() throws InterruptedException {
    Thread[] threads = new Thread[24];
    List<String> wrong = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < threads.length; i++) {
      String session = "s" + i;
      threads[i] =
          Thread.ofPlatform()
              .start(() -> {
                for (int round = 0; round < 10; round++) {
                  SimulatedProcess driver = machine.process();
                  HolderStore store = HolderStore.open(driver, SOCKET, session, "a test");
                  List<String> found = contents(driver, store);
                  store.acknowledge();
                  if (found.size() != round
                      || !found.stream().allMatch(it -> it.endsWith(session))) {
                    wrong.add(session + " round " + round + ": " + found);
                  }
                  store.put("r" + round, memfd(driver, session));
                  driver.close();
                }
              });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(wrong).isEmpty();
    assertThat(holder.kept()).isEqualTo(240);
  }

  @Test
  void aClientThatDoesNotReceiveIsDroppedAndNobodyWaits() {
    SimulatedProcess deaf = machine.process();
    UnixSocket socket = UnixSocket.connect(deaf, SOCKET);
    byte[] list = HolderMessage.of(HolderVerb.LIST, 0).encode();
    long sent = 0;
    while (sent >= 0 || sent == -11) {
      sent = socket.trySend(list);
    }
    SimulatedProcess driver = driverThatKeeps("a");
    assertThat(holder.kept()).isEqualTo(1);
    driver.close();
  }

  @Test
  void theIdleMakeRoomForNewClients() {
    SimulatedProcess crowd = machine.process();
    for (int i = 0; i < HolderState.MAX_CLIENTS + 20; i++) {
      UnixSocket.connect(crowd, SOCKET);
      list(machine.process());
    }
    driverThatKeeps("a");
    assertThat(holder.kept()).isEqualTo(1);
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
