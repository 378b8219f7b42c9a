package io.holdfast.store;

import static io.holdfast.store.Machine.SOCKET;
import static io.holdfast.store.Machine.contents;
import static io.holdfast.store.Machine.memfd;
import static io.holdfast.store.Machine.says;
import static io.holdfast.store.Machine.store;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.linux.UnixSocket;
import io.holdfast.sim.Credentials;
import io.holdfast.sim.SimulatedProcess;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many descriptors and many clients, and those that do not do their part. */
class HolderLimitsTest extends HolderFixture {
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
}
