package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.engine.HostProcess;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.MapOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.ProcessReplaced;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.MmanUapi;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The restore tool restores, becomes the driver, and the driver takes over what it inherits. */
class TakeoverTest extends SessionFixture {
  private static final List<String> COMMAND = List.of("/bin/true");
  private static final PciAddress SECOND = PciAddress.parse("0000:00:05.0");

  private ExecutingProcess process;

  /** A session with three files and three buffers, preserved and carried over a kexec. */
  private void preserved() {
    Syscalls driver = kernel.process();
    LiveSession session = session(driver);
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    fill(rings.buffer("ring", 3 * 4096), 1);
    rings.buffer("spare", 4096, MapOptions.defaults().optional());
    for (String name : List.of("a", "b")) {
      DmaFile file = session.file(name, () -> memfd(driver, MemfdUapi.MFD_EXEC, 2 * 4096));
      fill(rings.map(name, file, 0, 2 * 4096, MapOptions.defaults()), name.hashCode());
    }
    session.preserve();
    kexec(session);
    process = new ExecutingProcess(kernel.process());
  }

  private Restore taken() {
    Host host = new SyscallsHost(process, Disk.local(), "the tool");
    return Restore.take(
        host,
        "nic0",
        folder.resolve("state"),
        SessionOptions.defaults().withEnvironment(Map.of("PATH", "/bin:/usr/bin")));
  }

  private Map<String, String> handedOver() {
    Restore restore = taken();
    assertThat(restore.restore().isRestored()).isTrue();
    assertThatThrownBy(() -> restore.handOver(COMMAND)).isInstanceOf(ProcessReplaced.class);
    return process.environment();
  }

  private Host driver() {
    return new SyscallsHost(process, Disk.local(), "the driver");
  }

  private LiveSession takeOver(Host driver, String name, Map<String, String> environment) {
    LiveSession session =
        LiveSession.openOrRestore(
            driver,
            name,
            folder.resolve("state"),
            SessionOptions.defaults().withEnvironment(environment));
    open.add(session);
    return session;
  }

  private static void checkContent(LiveSession session) {
    assertThat(session.isRestored()).isTrue();
    Ioas rings = session.ioas("rings");
    checkFill(rings.buffer("ring", 3 * 4096), 1);
    for (String name : List.of("a", "b")) {
      DmaFile file =
          session.file(
              name,
              () -> {
                throw new AssertionError("file " + name + " was not restored");
              });
      checkFill(rings.map(name, file, 0, 2 * 4096, MapOptions.defaults()), name.hashCode());
    }
  }

  /** The environment with two names changed for one another. */
  private static Map<String, String> swapped(
      Map<String, String> environment, String one, String other) {
    List<String> names = List.of(environment.get("LISTEN_FDNAMES").split(":", -1));
    Map<String, String> changed = new HashMap<>(environment);
    changed.put(
        "LISTEN_FDNAMES",
        String.join(
            ":",
            names.stream()
                .map(name -> name.equals(one) ? other : name.equals(other) ? one : name)
                .toList()));
    return changed;
  }

  @Test
  void theDriverHasEverythingAndPassesOnNothing() {
    preserved();
    LiveSession session = takeOver(driver(), "nic0", handedOver());
    checkContent(session);
    assertThat(session.report().buffers()).allMatch(each -> each.verdict() == Verdict.SAME);
    assertThat(process.passesOnNothing()).isTrue();
    session.preserve();
    session.cancelPreserve();
  }

  @Test
  void memoryIsLeftOutOfCoreDumpsOnRequest() {
    int[] advised = {0};
    Syscalls counting =
        new ForwardingSyscalls(kernel.process()) {
          @Override
          public int madvise(long address, long length, int advice) {
            advised[0] += advice == MmanUapi.MADV_DONTDUMP ? 1 : 0;
            return super.madvise(address, length, advice);
          }
        };
    Host host = new SyscallsHost(counting, Disk.local(), "counting");
    for (boolean requested : new boolean[] {false, true}) {
      SessionOptions options = SessionOptions.defaults();
      try (LiveSession session =
          LiveSession.openOrRestore(
              host,
              "dump-" + requested,
              folder.resolve("state"),
              requested ? options.withMemoryLeftOutOfCoreDumps() : options)) {
        session.bind(EDU, session.ioas("rings"));
        fill(session.ioas("rings").buffer("ring", 4096), 1);
      }
      assertThat(advised[0] > 0).as("requested").isEqualTo(requested);
    }
  }

  @Test
  void anOptionalBufferThatTheToolCouldNotMapIsMissedByTheDriverToo() {
    preserved();
    int[] mapped = {0};
    ExecutingProcess refusing =
        new ExecutingProcess(kernel.process()) {
          @Override
          public int ioctl(int fd, long request, MemorySegment argument) {
            boolean second = request == IommufdUapi.IOMMU_IOAS_MAP_FILE && ++mapped[0] == 2;
            return second ? -Errno.ENOMEM : super.ioctl(fd, request, argument);
          }
        };
    process = refusing;
    LiveSession session = takeOver(driver(), "nic0", handedOver());
    checkContent(session);
    assertThat(session.report().buffers())
        .filteredOn(each -> each.name().equals("spare"))
        .allMatch(each -> each.verdict() == Verdict.LOST);
  }

  @Test
  void filesAreFoundByTheirWholeNames() {
    Syscalls driver = kernel.process();
    LiveSession session = session(driver);
    session.bind(EDU, session.ioas("rings"));
    for (int i = 0; i < 12; i++) {
      DmaFile file = session.file("f" + i, () -> memfd(driver, MemfdUapi.MFD_EXEC, 4096));
      fill(session.ioas("rings").map("f" + i, file, 0, 4096, MapOptions.defaults()), i);
    }
    session.preserve();
    kexec(session);
    process = new ExecutingProcess(kernel.process());
    LiveSession restored = takeOver(driver(), "nic0", handedOver());
    for (int i = 0; i < 12; i++) {
      checkFill(restored.ioas("rings").find("f" + i).orElseThrow(), i);
    }
  }

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

  private void preservedAgain() {
    if (process != null) {
      open.forEach(each -> ((LiveSession) each).close());
      open.clear();
    }
    preserved();
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

  @Test
  void optionalDevicesThatTheToolSkippedAreSkippedAgain() {
    LiveSession session = session(kernel.process());
    session.bind(EDU, session.ioas("rings"), Policy.OPTIONAL);
    session.ioas("rings").buffer("tx", 4096, MapOptions.defaults().optional());
    session.preserve();
    kexec(session, KexecMode.FILE, SimulatedMachine.standard().withoutDevice(EDU));
    process = new ExecutingProcess(kernel.process());
    LiveSession restored = takeOver(driver(), "nic0", handedOver());
    assertThat(restored.report().devices()).allMatch(each -> each.verdict() == Verdict.SKIPPED);
  }
}
