package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.HostileDescriptors.Change;
import io.holdfast.disk.Disk;
import io.holdfast.engine.HostProcess;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.ProcessReplaced;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A driver that was handed a session over inherits something else, or is told something else of it:
 * it has the session as it was, or it is refused in words, has nothing open that it had not, and
 * the same process restores the session. {@code tests/cli/run descriptors} tries more, and the same
 * ones again from their seed.
 */
class HostileDescriptorsTest extends SessionFixture {
  private static final PciAddress SECOND = PciAddress.parse("0000:00:05.0");
  private static final List<String> COMMAND = List.of("/bin/true");
  private static final int COPIES = 200;

  private final SimulatedMachine machine =
      SimulatedMachine.standard().withDevice(SECOND, EduDevice.class);
  private ExecutingProcess process;
  private Path place;
  private int machines;
  private int refused;

  /** A machine on which a session waits to be restored. */
  private void begin() {
    kernel.close();
    place = folder.resolve("place-" + machines++);
    kernel = SimulatedKernel.create(place.resolve("machine"), machine);
    Syscalls driver = kernel.process();
    HostProcess residence = new HostProcess(driver, Disk.local());
    LiveSession session =
        LiveSession.openOrRestore(
            new SyscallsHost(residence, "a driver"), "nic0", place.resolve("state"));
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    session.bind(SECOND, rings);
    fill(rings.buffer("ring", 3 * 4096), 1);
    for (String name : List.of("a", "b")) {
      DmaFile file = session.file(name, () -> memfd(driver, MemfdUapi.MFD_EXEC, 2 * 4096));
      fill(rings.map(name, file, 0, 2 * 4096, MapOptions.defaults()), name.hashCode());
    }
    session.preserve();
    kernel.kexec(KexecMode.FILE, machine);
    residence.died();
    process = new ExecutingProcess(kernel.process());
  }

  private Map<String, String> handOver(Host host, Map<String, String> environment) {
    Restore restore =
        Restore.take(
            host,
            "nic0",
            place.resolve("state"),
            SessionOptions.defaults().withEnvironment(environment));
    assertThat(restore.restore().isRestored()).isTrue();
    assertThatThrownBy(() -> restore.handOver(COMMAND)).isInstanceOf(ProcessReplaced.class);
    return process.environment();
  }

  private Host program() {
    return new SyscallsHost(process, Disk.local(), "a program");
  }

  @Test
  void everyWrongDescriptorIsRefusedOrPutUpWith() throws IOException {
    long seed = Long.getLong("holdfast.trial.seed", 20261128);
    long pairs = Long.getLong("holdfast.trial.descriptors", 60);
    Random random = new Random(seed);
    begin();
    Map<String, String> environment = handOver(program(), Map.of("PATH", "/bin"));
    HostileDescriptors hostile =
        new HostileDescriptors(Integer.parseInt(environment.get("LISTEN_FDS")));
    List<Change> all = hostile.all();
    List<Change> changes = new ArrayList<>(all);
    for (long i = 0; i < pairs; i++) {
      changes.add(hostile.random(random, all));
    }
    for (Change change : changes) {
      try {
        environment = tried(change, environment);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + change.what(), e);
      }
    }
    System.out.printf(
        "hostile descriptors, seed %d: %,d kinds and %,d pairs, %,d refused, %,d put up with%n",
        seed, all.size(), pairs, refused, changes.size() - refused);
    assertThat(all.size()).isGreaterThan(200);
    assertThat(refused).isBetween(all.size() / 2, changes.size() - 1);
  }

  /** Tries a change; what is handed over next, for the next one. */
  private Map<String, String> tried(Change change, Map<String, String> given) {
    List<String> names = List.of(given.get("LISTEN_FDNAMES").split(":", -1));
    for (int i = 0; i < names.size(); i++) {
      process.dup2(3 + i, COPIES + i);
      process.fcntl(COPIES + i, FcntlUapi.F_SETFD, FcntlUapi.FD_CLOEXEC);
    }
    Map<String, String> environment = new HashMap<>(given);
    change.doing().run(process, environment);
    Set<Integer> before = new TreeSet<>(process.descriptors().keySet());
    Host driver = program();
    SessionOptions options = SessionOptions.defaults().withEnvironment(environment);
    try (LiveSession session =
        LiveSession.openOrRestore(driver, "nic0", place.resolve("state"), options)) {
      checkContent(session);
    } catch (HoldfastException e) {
      refused++;
      assertThat(e.problem()).isNotBlank();
      assertThat(e.remedy()).isNotBlank();
      // Which one it is about; a session that is nobody's any more still holds the device.
      assertThat(e.problem())
          .containsAnyOf(
              "descriptor", "LISTEN_FD", "handed over device", "holdfast-", "VFIO_DEVICE_BIND");
      return recovered(driver, before, names.size(), given);
    }
    begin();
    return handOver(program(), Map.of("PATH", "/bin"));
  }

  private static void checkContent(LiveSession session) {
    assertThat(session.isRestored()).as("%s", session.report()).isTrue();
    checkFill(session.ioas("rings").buffer("ring", 3 * 4096), 1);
    for (String name : List.of("a", "b")) {
      checkFill(session.ioas("rings").find(name).orElseThrow(), name.hashCode());
    }
  }

  private Map<String, String> recovered(
      Host driver, Set<Integer> before, int count, Map<String, String> given) {
    assertThat(before)
        .as("nothing is open that was not")
        .containsAll(process.descriptors().keySet());
    boolean kept = Restore.isKept(driver, "nic0");
    Map<Integer, String> open = process.descriptors();
    for (int i = 0; i < count; i++) {
      int fd = 3 + i;
      boolean isSession = kept && open.getOrDefault(fd, "").contains("luo_session");
      if (!kept) {
        process.dup2(COPIES + i, fd);
      } else if (!isSession) {
        process.close(fd); // What was announced as somebody else's.
      }
      process.close(COPIES + i);
    }
    return handOver(driver, given);
  }
}
