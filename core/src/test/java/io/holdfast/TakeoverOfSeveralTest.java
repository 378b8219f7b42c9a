package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.engine.HostProcess;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.ProcessReplaced;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.uapi.MemfdUapi;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Several sessions, and other descriptors, in one process. */
class TakeoverOfSeveralTest extends TakeoverFixture {
  @Test
  void aHandedOverDriverCanOpenASecondSession() {
    preserved();
    Map<String, String> environment = handedOver();
    Host driver = driver();
    LiveSession first = takeOver(driver, "nic0", environment);
    checkContent(first);
    LiveSession second = takeOver(driver, "nic1", environment);
    assertThat(second.report().outcome()).isEqualTo(Outcome.FIRST_START);
    first.close();
    assertThat(takeOver(driver, "nic0", environment).report().outcome())
        .isEqualTo(Outcome.PROCESS_RESTARTED);
  }

  @Test
  void whatOneHostHasTakenIsUsedUpForEveryHostOfTheProcess() {
    preserved();
    Map<String, String> environment = handedOver();
    HostProcess first = new HostProcess(process, Disk.local());
    LiveSession session = takeOver(new SyscallsHost(first, "first"), "nic0", environment);
    checkContent(session);
    session.close();
    // Where the session was is now something that would be taken for it.
    try (LiveUpdate liveUpdate = LiveUpdate.open(process)) {
      assertThat(process.dup2(liveUpdate.create("nic1").acquire(), 3)).isEqualTo(3);
    }
    Host second = new SyscallsHost(first.calledBy(process), "second");
    assertThat(takeOver(second, "nic1", environment).report().outcome())
        .isEqualTo(Outcome.FIRST_START);
    assertThat(process.close(3)).as("it is still open").isZero();
  }

  /** Two sessions over a kexec: nic0 with the EDU device, nic1 with another one. */
  private void preservedTwo() {
    kernel.close();
    SimulatedMachine machine = SimulatedMachine.standard().withDevice(SECOND, EduDevice.class);
    kernel = SimulatedKernel.create(folder.resolve("two"), machine);
    List<HostProcess> drivers = new ArrayList<>();
    for (String name : List.of("nic0", "nic1")) {
      drivers.add(new HostProcess(kernel.process(), Disk.local()));
      LiveSession session =
          LiveSession.openOrRestore(
              new SyscallsHost(drivers.getLast(), name), name, folder.resolve("state"));
      open.add(session); // Else it may be collected before its process dies, its lock held.
      session.bind(name.equals("nic0") ? EDU : SECOND, session.ioas("rings"));
      fill(session.ioas("rings").buffer("ring", 2 * 4096), name.hashCode());
      session.preserve();
    }
    kernel.kexec(KexecMode.FILE, machine);
    drivers.forEach(HostProcess::died);
    process = new ExecutingProcess(kernel.process());
  }

  private void checkRing(LiveSession session, String name) {
    assertThat(session.isRestored()).as(name).isTrue();
    checkFill(session.ioas("rings").buffer("ring", 2 * 4096), name.hashCode());
  }

  private void handOver(String name, Map<String, String> environment) {
    Restore restore =
        Restore.take(
            new SyscallsHost(process, Disk.local(), "the tool"),
            name,
            folder.resolve("state"),
            SessionOptions.defaults().withEnvironment(environment));
    assertThat(restore.restore().isRestored()).isTrue();
    assertThatThrownBy(() -> restore.handOver(COMMAND)).isInstanceOf(ProcessReplaced.class);
  }

  @Test
  void aToolPassesOnWhatAnotherHasHandedOver() {
    preservedTwo();
    handOver("nic0", Map.of("PATH", "/bin:/usr/bin"));
    Map<String, String> between = new HashMap<>(process.environment());
    handOver("nic1", between);
    Map<String, String> environment = process.environment();
    assertThat(environment.get("LISTEN_FDNAMES").split(":", -1))
        .filteredOn("holdfast-session"::equals)
        .hasSize(2);
    Host driver = driver();
    checkRing(takeOver(driver, "nic1", environment), "nic1");
    checkRing(takeOver(driver, "nic0", environment), "nic0");
    assertThat(process.passesOnNothing()).isTrue();
  }

  @Test
  void aDriverThatWasHandedOneSessionRestoresTheOther() {
    preservedTwo();
    handOver("nic0", Map.of("PATH", "/bin:/usr/bin"));
    Host driver = driver();
    checkRing(takeOver(driver, "nic1", process.environment()), "nic1");
    checkRing(takeOver(driver, "nic0", process.environment()), "nic0");
  }

  @Test
  void aServicesOwnSocketsGoOnToTheDriver() {
    preserved();
    int socket = process.memfd_create("socket", MemfdUapi.MFD_EXEC);
    assertThat(socket).isEqualTo(3);
    Map<String, String> given =
        Map.of(
            "PATH",
            "/bin",
            "LISTEN_PID",
            "" + process.getpid(),
            "LISTEN_FDS",
            "1",
            "LISTEN_FDNAMES",
            "web");
    handOver("nic0", given);
    assertThat(process.environment().get("LISTEN_FDNAMES")).startsWith("web:holdfast-session:");
    assertThat(process.ftruncate(3, 4096)).as("the socket is number 3").isZero();
    checkContent(takeOver(driver(), "nic0", process.environment()));
    assertThat(process.close(3)).as("the socket is still open").isZero();
  }

  @Test
  void aSessionUnderAnotherNameIsNotMissed() {
    preserved();
    Map<String, String> environment = handedOver();
    Host driver = driver();
    Map<String, String> wrong = swapped(environment, "holdfast-session", "holdfast-file-2");
    assertThatThrownBy(() -> takeOver(driver, "nic0", wrong))
        .hasMessageContaining("is live update session \"nic0\", but LISTEN_FDNAMES calls it");
    Map<String, String> unnamed = swapped(environment, "holdfast-session", "");
    unnamed.merge("LISTEN_FDNAMES", "", (names, none) -> names.replace("holdfast-session", "web"));
    assertThatThrownBy(() -> takeOver(driver, "nic0", unnamed))
        .hasMessageContaining("but no holdfast-session");
    checkContent(takeOver(driver, "nic0", environment));
  }
}
