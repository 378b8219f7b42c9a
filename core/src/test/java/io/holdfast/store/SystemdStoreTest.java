package io.holdfast.store;

import static io.holdfast.store.Machine.contents;
import static io.holdfast.store.Machine.memfd;
import static io.holdfast.store.Machine.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreOptions.Choice;
import io.holdfast.session.StoreReport;
import io.holdfast.sim.SimulatedProcess;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** systemd's store, played by a process of the simulated machine. */
@Timeout(120)
class SystemdStoreTest {
  private final Machine machine = new Machine();
  private final FakeSystemd systemd = new FakeSystemd(machine.process(), 4);

  @AfterEach
  void end() {
    systemd.close();
    machine.close();
  }

  private static DescriptorStore open(SimulatedProcess driver, Map<String, String> environment) {
    return DescriptorStores.open(
        driver, "nic0", new StoreOptions(Choice.AUTOMATIC, "", environment));
  }

  @Test
  void aServiceGetsBackWhatItStored() {
    SimulatedProcess driver = machine.process();
    DescriptorStore store = open(driver, systemd.start(driver));
    assertThat(store.report().kind()).isEqualTo(StoreReport.Kind.SYSTEMD);
    assertThat(store.report().toString()).contains("up to 4 descriptors");
    assertThat(store.offered()).isEmpty();
    store.put("iommufd", memfd(driver, "one"));
    store.put("device", memfd(driver, "two"));
    store.put("device", memfd(driver, "three"));
    driver.close();
    assertThat(systemd.names()).containsExactly("iommufd", "device", "device");

    SimulatedProcess next = machine.process();
    Map<String, String> environment = systemd.start(next);
    DescriptorStore again = open(next, environment);
    assertThat(contents(next, again)).containsExactly("iommufd=one", "device=two", "device=three");
    again.adopt(again.offered().getFirst());
    again.acknowledge();
    assertThat(contents(next, open(next, environment)))
        .describedAs("what another session of this process may claim")
        .containsExactly("device=two", "device=three");
    again.remove("device");
    assertThat(systemd.names()).containsExactly("iommufd");
    assertThat(says(next, 3)).isEqualTo("one");
    again.close();
    assertThat(says(next, 3)).describedAs("it was adopted").isEqualTo("one");
  }

  @Test
  void saysWhatServicesSay() {
    SimulatedProcess driver = machine.process();
    try (DescriptorStore store = open(driver, systemd.start(driver))) {
      store.put("a", memfd(driver, "x"));
      store.remove("a");
      store.put("b", memfd(driver, "x")); // its barrier says that all of it was read
    }
    assertThat(systemd.told)
        .containsExactly(
            "FDSTORE=1\nFDNAME=a\nFDPOLL=0",
            "BARRIER=1",
            "FDSTOREREMOVE=1\nFDNAME=a",
            "BARRIER=1",
            "FDSTORE=1\nFDNAME=b\nFDPOLL=0",
            "BARRIER=1");
    assertThat(driver.openDescriptors()).describedAs("the two memfds").isEqualTo(2);
  }

  @Test
  void aHolderThatIsAServiceSaysThatClientsMayCome() {
    SimulatedProcess process = machine.process();
    Map<String, String> environment = systemd.start(process);
    try (Holder holder = Holder.start(process, HolderOptions.at(Machine.SOCKET))) {
      holder.ready(environment);
      environment.put("NOTIFY_SOCKET", "/run/nobody");
      assertThatThrownBy(() -> holder.ready(environment))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("READY=1");
      holder.ready(Map.of());
    }
    SimulatedProcess driver = machine.process();
    open(driver, systemd.start(driver)).put("a", memfd(driver, "x")); // read after READY=1
    assertThat(systemd.told).first().isEqualTo("READY=1");
  }

  @Test
  void refusesWhatSystemdWouldDrop() {
    SimulatedProcess driver = machine.process();
    Map<String, String> environment = systemd.start(driver);
    DescriptorStore store = open(driver, environment);
    for (int i = 0; i < 4; i++) {
      store.put("m" + i, memfd(driver, "x"));
    }
    DescriptorStore another =
        DescriptorStores.open(driver, "nic1", new StoreOptions(Choice.SYSTEMD, "", environment));
    assertThatThrownBy(() -> another.put("m4", memfd(driver, "x")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("systemd keeps 4 descriptors for this unit")
        .hasMessageContaining("FileDescriptorStoreMax=");
    store.remove("m2");
    another.put("m4", memfd(driver, "x"));
    assertThat(systemd.names()).containsExactly("m0", "m1", "m3", "m4");
  }

  @Test
  void aServiceManagerThatIsGoneIsToldOf() {
    SimulatedProcess driver = machine.process();
    Map<String, String> environment = systemd.start(driver);
    environment.put("NOTIFY_SOCKET", "/run/nobody");
    DescriptorStore store = open(driver, environment);
    int memfd = memfd(driver, "x");
    assertThatThrownBy(() -> store.put("a", memfd))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("systemd could not be told FDSTORE=1")
        .hasMessageContaining("ENOENT");
    assertThat(driver.openDescriptors()).isEqualTo(1);
  }

  @Test
  void choosesByTheEnvironment() {
    SimulatedProcess driver = machine.process();
    assertThat(open(driver, Map.of()).report().toString())
        .contains("neither systemd's store (NOTIFY_SOCKET is not set) nor a holder")
        .contains("live as long as this process");
    assertThat(open(driver, Map.of("NOTIFY_SOCKET", "/run/systemd/notify")).report().kind())
        .describedAs("a unit without FileDescriptorStoreMax=")
        .isEqualTo(StoreReport.Kind.NONE);
    assertThat(open(driver, Map.of("NOTIFY_SOCKET", "vsock:2:1", "FDSTORE", "4")).report().kind())
        .isEqualTo(StoreReport.Kind.NONE);
    assertThatThrownBy(() ->
            DescriptorStores.open(driver, "nic0", new StoreOptions(Choice.SYSTEMD, "", Map.of())))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("NOTIFY_SOCKET is not set")
        .hasMessageContaining("FileDescriptorStoreMax=");
    assertThatThrownBy(() -> open(driver, Map.of("NOTIFY_SOCKET", "/x", "FDSTORE", "many")))
        .hasMessageContaining("FDSTORE is \"many\"");
    assertThatThrownBy(() -> open(driver, Map.of("HOLDFAST_HOLDER", "/run/holdfast/h")))
        .describedAs("a holder that is named must be there")
        .hasMessageContaining("there is no holder at /run/holdfast/h");
    SimulatedProcess holding = machine.process();
    machine.holder(holding);
    assertThat(open(driver, Map.of()).report().kind()).isEqualTo(StoreReport.Kind.HOLDER);
    holding.close();
    assertThat(open(machine.process(), Map.of()).report().toString())
        .contains("has ended, and what it kept is lost");
    assertThat(
            DescriptorStores.open(
                    driver, "nic0", new StoreOptions(Choice.NONE, "", systemd.start(driver)))
                .report()
                .kind())
        .isEqualTo(StoreReport.Kind.NONE);
  }

  @Test
  void waitsForABusyServiceManagerWithoutLosingAnything() {
    SimulatedProcess driver = machine.process();
    Map<String, String> environment = systemd.start(driver);
    DescriptorStore store = open(driver, environment);
    SystemdNotify notify = SystemdNotify.of(driver, environment).orElseThrow();
    systemd.beDeaf(true);
    List<Integer> sent = new CopyOnWriteArrayList<>();
    Thread later =
        Thread.ofPlatform()
            .start(() -> {
              for (int i = 0; i < 20; i++) {
                notify.ready(); // more than fit into systemd's queue
                sent.add(i);
              }
            });
    while (sent.size() < 10) {
      Thread.onSpinWait();
    }
    systemd.beDeaf(false);
    try {
      later.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    store.put("a", memfd(driver, "x"));
    assertThat(systemd.told).filteredOn("READY=1"::equals).hasSize(20);
  }
}
