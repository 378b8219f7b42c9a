package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.engine.HostProcess;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.Memfd;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreOptions.Choice;
import io.holdfast.sim.Credentials;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.store.FakeSystemd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An unprivileged service that systemd gives its live update session ({@code LUOSession=}). */
@Timeout(120)
class GivenSessionTest {
  private static final PciAddress EDU = SimulatedMachine.EDU_ADDRESS;
  private static final int PAGE = 4096;
  private static final Credentials SERVICE =
      Credentials.root().withUid(1000).without(Credentials.CAP_DAC_OVERRIDE);

  @TempDir Path folder;
  private SimulatedKernel kernel;
  private FakeSystemd systemd;
  private SimulatedProcess manager;
  private final List<AutoCloseable> open = new ArrayList<>();
  private int made;

  @BeforeEach
  void boot() {
    kernel = SimulatedKernel.create(folder.resolve("machine"), SimulatedMachine.standard());
    startSystemd();
  }

  @AfterEach
  void switchOff() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
    systemd.close();
    kernel.close();
  }

  private void startSystemd() {
    manager = kernel.process();
    systemd = new FakeSystemd(manager, 64);
  }

  /** What systemd does before it starts a unit with {@code LUOSession=FDNAME}, once. */
  private String give(String fdName) {
    String kernelName = "driver@nic0.service-" + ++made;
    try (LiveUpdate liveUpdate = LiveUpdate.open(manager)) {
      systemd.give(fdName, liveUpdate.create(kernelName));
    }
    return kernelName;
  }

  /** Replaces the kernel; systemd keeps what it had, and finds it again. */
  private void kexec(String fdName, String kernelName) {
    systemd.close();
    kernel.kexec(KexecMode.FILE);
    startSystemd();
    try (LiveUpdate liveUpdate = LiveUpdate.open(manager)) {
      systemd.give(fdName, liveUpdate.retrieve(kernelName).orElseThrow());
    }
  }

  private final class Service implements AutoCloseable {
    private final SimulatedProcess process = kernel.process(SERVICE).isolate();
    private final Host host = new SyscallsHost(process, Disk.local(), "a service");
    private final Map<String, String> environment = systemd.start(process);

    Service() {
      open.add(this);
    }

    LiveSession session() {
      LiveSession session =
          LiveSession.openOrRestore(
              host,
              "nic0",
              folder.resolve("state"),
              SessionOptions.defaults()
                  .withEnvironment(environment)
                  .withStore(new StoreOptions(Choice.AUTOMATIC, "", environment)));
      open.add(session);
      return session;
    }

    /** As kill -9 does, or a kexec: the JVM that the process was played in has to be told. */
    void kill() {
      process.close();
      HostProcess.of(host).died();
    }

    @Override
    public void close() {
      host.close();
    }
  }

  private static DmaBuffer fill(LiveSession session) {
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    DmaBuffer ring = rings.buffer("ring", 3 * PAGE);
    KeptSessionFixture.fill(ring, 5);
    return ring;
  }

  private static void same(LiveSession session, long physicalAddress) {
    DmaBuffer ring = session.ioas("rings").buffer("ring", 3 * PAGE);
    assertThat(ring.physicalAddress(0)).isEqualTo(physicalAddress);
    KeptSessionFixture.checkFill(ring, 5);
  }

  @Test
  void twoKexecsWithoutEverOpeningDevLiveupdate() {
    String first = give("session");
    Service service = new Service();
    LiveSession session = service.session();
    assertThat(session.report().outcome()).isEqualTo(Outcome.FIRST_START);
    long address = fill(session).physicalAddress(0);
    session.preserve();
    assertThat(systemd.names()).contains("session").doesNotContain("kept/nic0/session");
    service.kill();
    kexec("session", first);

    Service second = new Service();
    LiveSession restored = second.session();
    assertThat(restored.report().outcome()).isEqualTo(Outcome.RESTORED);
    same(restored, address);
    assertThat(systemd.names()).as("it was used up").doesNotContain("session");
    assertThatThrownBy(restored::preserve)
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("was given none that is unused")
        .hasMessageContaining("systemctl restart");
    second.kill();

    String next = give("session");
    Service third = new Service();
    LiveSession resumed = third.session();
    assertThat(resumed.report().outcome()).isEqualTo(Outcome.RESUMED);
    same(resumed, address);
    resumed.preserve();
    third.kill();
    kexec("session", next);
    LiveSession last = new Service().session();
    assertThat(last.report().outcome()).isEqualTo(Outcome.RESTORED);
    assertThat(last.report().generation()).isEqualTo(2);
    same(last, address);
  }

  @Test
  void aSealedServiceThatDiesIsStillSealed() {
    String given = give("session");
    Service service = new Service();
    LiveSession session = service.session();
    long address = fill(session).physicalAddress(0);
    session.preserve();
    service.kill();
    Service second = new Service();
    LiveSession resumed = second.session();
    assertThat(resumed.report().outcome()).isEqualTo(Outcome.RESUMED);
    assertThat(resumed.isPreserved()).isTrue();
    second.kill();
    kexec("whatever", given);
    same(new Service().session(), address);
  }

  @Test
  void whatWasTakenBackIsNotUsedAgain() {
    give("session");
    Service service = new Service();
    LiveSession session = service.session();
    fill(session);
    session.preserve();
    session.cancelPreserve();
    assertThat(systemd.names()).doesNotContain("session");
    assertThatThrownBy(session::preserve).hasMessageContaining("systemctl restart");
  }

  @Test
  void aSessionThatADeadProcessHasBegunToSealIsRefusedAndGivenUp() {
    give("session");
    Service service = new Service();
    LiveSession session = service.session();
    fill(session);
    try (Memfd other = Memfd.create(manager, "half", PAGE)) {
      heldBySystemd().preserve(other, 1);
    }
    assertThatThrownBy(session::preserve)
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("systemctl restart");
    assertThat(systemd.names()).doesNotContain("session");
    service.kill();
    give("session");
    LiveSession resumed = new Service().session();
    assertThat(resumed.report().outcome()).isEqualTo(Outcome.RESUMED);
    resumed.preserve();
  }

  /** systemd's own descriptor of the session it has given. */
  private LuoSession heldBySystemd() {
    return LuoSession.adopt(manager, systemd.find("session"));
  }

  @Test
  void theOneOfTheSessionsNameIsUsed() {
    give("other");
    String named = give("nic0");
    Service service = new Service();
    LiveSession session = service.session();
    long address = fill(session).physicalAddress(0);
    session.preserve();
    service.kill();
    kexec("renamed", named);
    same(new Service().session(), address);
  }

  @Test
  void severalWithoutTheSessionsNameAreRefused() {
    give("one");
    give("two");
    LiveSession session = new Service().session();
    fill(session);
    assertThatThrownBy(session::preserve)
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("gives 2 live update sessions, one, two")
        .hasMessageContaining("LUOSession=nic0");
    assertThat(systemd.names()).contains("one", "two");
  }

  @Test
  void somebodyElsesGivenSessionIsNotTaken() {
    String given = give("session");
    Service service = new Service();
    LiveSession session = service.session();
    fill(session);
    session.preserve();
    service.kill();
    kexec("session", given);
    try (LiveUpdate liveUpdate = LiveUpdate.open(manager)) {
      LuoSession foreign = liveUpdate.create("foreign");
      systemd.give("nic0", foreign);
    }
    LiveSession restored = new Service().session();
    assertThat(restored.report().outcome()).isEqualTo(Outcome.RESTORED);
    restored.preserve();
    assertThat(systemd.names()).contains("nic0");
  }

  @Test
  void aServiceThatMayNotAskTheKernelIsToldSo() {
    give("session");
    Service service = new Service();
    LiveSession session = service.session();
    fill(session);
    session.preserve();
    service.kill();
    systemd.close();
    kernel.kexec(KexecMode.FILE);
    startSystemd();
    assertThat(new Service().session().report().reason())
        .contains("could not ask the kernel")
        .contains("EACCES")
        .doesNotContain("does not hold");
  }

  @Test
  void aProcessThatMayNotAskTheKernelIsNotStartedAfresh() {
    SimulatedProcess process = kernel.process(SERVICE);
    try (Host host = new SyscallsHost(process, Disk.local(), "no service")) {
      assertThatThrownBy(() ->
              LiveSession.openOrRestore(
                  host,
                  "nic0",
                  folder.resolve("state"),
                  SessionOptions.defaults().withEnvironment(Map.of())))
          .isInstanceOf(HoldfastException.class)
          .hasMessageContaining("/dev/liveupdate")
          .hasMessageContaining("LUOSession=");
    }
  }
}
