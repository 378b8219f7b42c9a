package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.ProcessReplaced;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is not what was announced is refused, and nothing is lost. */
class TakeoverRefusalsTest extends TakeoverFixture {
  @Test
  void swappedFilesAreRefusedAndTheSessionCanStillBeRestored() {
    preserved();
    Map<String, String> environment = handedOver();
    Host driver = driver();
    assertThatThrownBy(() ->
            takeOver(driver, "nic0", swapped(environment, "holdfast-file-2", "holdfast-file-3")))
        .isInstanceOf(HoldfastException.class)
        .hasMessageContaining("is not the file that the session preserved under token");
    checkContent(takeOver(driver, "nic0", environment));
  }

  @Test
  void swappedDevicesAreRefused() {
    kernel.close();
    SimulatedMachine machine = SimulatedMachine.standard().withDevice(SECOND, EduDevice.class);
    kernel = SimulatedKernel.create(folder.resolve("two"), machine);
    LiveSession session = session(kernel.process());
    session.bind(EDU, session.ioas("rings"));
    session.bind(SECOND, session.ioas("rings"));
    fill(session.ioas("rings").buffer("ring", 4096), 5);
    session.preserve();
    kexec(session, KexecMode.FILE, machine);
    process = new ExecutingProcess(kernel.process());
    Map<String, String> environment = handedOver();
    String[] devices =
        List.of(environment.get("LISTEN_FDNAMES").split(":", -1)).stream()
            .filter(name -> name.startsWith("holdfast-device-"))
            .toArray(String[]::new);
    Host driver = driver();
    assertThatThrownBy(() -> takeOver(driver, "nic0", swapped(environment, devices[0], devices[1])))
        .isInstanceOf(HoldfastException.class)
        .hasMessageContaining("the inherited descriptor of device 0000:00:0");
    LiveSession restored = takeOver(driver, "nic0", environment);
    checkFill(restored.ioas("rings").buffer("ring", 4096), 5);
  }

  @Test
  void anotherIommufdIsRefused() {
    preserved();
    Map<String, String> environment = handedOver();
    int other = process.open("/dev/iommu", FcntlUapi.O_RDWR, 0);
    assertThat(process.dup2(other, 4)).isEqualTo(4); // The iommufd comes after the session.
    Host driver = driver();
    assertThatThrownBy(() -> takeOver(driver, "nic0", environment))
        .isInstanceOf(HoldfastException.class);
  }

  @Test
  void malformedNamesAreRefusedAndNothingStaysBound() {
    for (String[] wrong :
        new String[][] {
          {"holdfast-file-2", "holdfast-file-two"},
          {"holdfast-file-2", "holdfast-files-2"},
          {"holdfast-device-0", "holdfast-device-0-0"},
          {"holdfast-iommufd-", "holdfast-iommufd-x-"},
          {"holdfast-iommufd-", "holdfast-iommufd-7-"},
          {"holdfast-device-", "holdfast-unknown-"}
        }) {
      preservedAgain();
      Map<String, String> environment = new HashMap<>(handedOver());
      environment.merge("LISTEN_FDNAMES", "", (names, none) -> names.replace(wrong[0], wrong[1]));
      Host driver = driver();
      assertThatThrownBy(() -> takeOver(driver, "nic0", environment))
          .as(wrong[1])
          .isInstanceOf(HoldfastException.class);
      checkContent(takeOver(driver, "nic0", environment));
    }
  }

  @Test
  void aCountThatDoesNotFitIsRefusedBeforeAnythingIsTaken() {
    preserved();
    Map<String, String> environment = new HashMap<>(handedOver());
    environment.put("LISTEN_FDS", "2");
    Host driver = driver();
    assertThatThrownBy(() -> takeOver(driver, "nic0", environment))
        .hasMessageContaining("LISTEN_FDS is 2, but LISTEN_FDNAMES has 6");
    environment.put("LISTEN_FDS", "6");
    checkContent(takeOver(driver, "nic0", environment));
  }

  @Test
  void aRefusedExecLeavesTheProcessAsItWasAndCanBeTriedAgain() {
    preserved();
    Restore restore = taken();
    restore.restore();
    Map<Integer, String> before = process.descriptors();
    process.refuse(Errno.ETXTBSY);
    assertThatThrownBy(() -> restore.handOver(COMMAND))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("ETXTBSY");
    assertThat(process.descriptors()).isEqualTo(before);
    process.refuse(0);
    assertThatThrownBy(() -> restore.handOver(COMMAND)).isInstanceOf(ProcessReplaced.class);
    checkContent(takeOver(driver(), "nic0", process.environment()));
  }

  @Test
  void whatADriverRefusedCanBeTakenByTheToolInTheSameProcess() {
    preserved();
    Map<String, String> environment = handedOver();
    Host driver = driver();
    assertThatThrownBy(() ->
            takeOver(driver, "nic0", swapped(environment, "holdfast-file-2", "holdfast-file-3")))
        .isInstanceOf(HoldfastException.class);
    Restore restore =
        Restore.take(
            driver,
            "nic0",
            folder.resolve("state"),
            SessionOptions.defaults().withEnvironment(environment));
    assertThat(restore.restore().isRestored()).isTrue();
    assertThatThrownBy(() -> restore.handOver(COMMAND)).isInstanceOf(ProcessReplaced.class);
    checkContent(takeOver(driver(), "nic0", process.environment()));
  }

  @Test
  void anUnrelatedDescriptorIsNotInherited() {
    preserved();
    int unrelated = process.memfd_create("unrelated", MemfdUapi.MFD_EXEC);
    assertThat(unrelated).isEqualTo(3);
    checkContent(
        takeOver(
            driver(),
            "nic0",
            Map.of(
                "LISTEN_PID",
                String.valueOf(process.getpid()),
                "LISTEN_FDS",
                "1",
                "LISTEN_FDNAMES",
                "holdfast-session")));
    assertThat(process.ftruncate(unrelated, 4096)).as("it is still open").isZero();
  }

  @Test
  void theToolRefusesAnotherSessionsJournalBeforeItTakesAnything() throws IOException {
    preserved();
    Path state = folder.resolve("state/nic0");
    Path kept = folder.resolve("journal");
    Files.move(state.resolve("journal"), kept);
    Path elsewhere = folder.resolve("elsewhere");
    try (LiveSession other =
        LiveSession.openOrRestore(
            new SyscallsHost(kernel.process(), Disk.local(), "another"),
            "nic1",
            elsewhere,
            SessionOptions.defaults())) {
      assertThat(other.isRestored()).isFalse();
    }
    Files.copy(elsewhere.resolve("nic1/journal"), state.resolve("journal"));
    Files.setPosixFilePermissions(
        state.resolve("journal"), PosixFilePermissions.fromString("rw-------"));
    Map<Integer, String> before = process.descriptors();
    assertThatThrownBy(this::taken).hasMessageContaining("journal");
    assertThat(process.descriptors()).isEqualTo(before);
    Files.delete(state.resolve("journal"));
    Files.move(kept, state.resolve("journal"));
    checkContent(takeOver(driver(), "nic0", handedOver()));
  }
}
