package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.ProcessReplaced;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.MemfdUapi;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sessions that the tool restores and hands over to a driver in its process. */
abstract class TakeoverFixture extends SessionFixture {
  static final List<String> COMMAND = List.of("/bin/true");
  static final PciAddress SECOND = PciAddress.parse("0000:00:05.0");

  ExecutingProcess process;

  /** A session with three files and three buffers, preserved and carried over a kexec. */
  void preserved() {
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

  Restore taken() {
    Host host = new SyscallsHost(process, Disk.local(), "the tool");
    return Restore.take(
        host,
        "nic0",
        folder.resolve("state"),
        SessionOptions.defaults().withEnvironment(Map.of("PATH", "/bin:/usr/bin")));
  }

  Map<String, String> handedOver() {
    Restore restore = taken();
    assertThat(restore.restore().isRestored()).isTrue();
    assertThatThrownBy(() -> restore.handOver(COMMAND)).isInstanceOf(ProcessReplaced.class);
    return process.environment();
  }

  Host driver() {
    return new SyscallsHost(process, Disk.local(), "the driver");
  }

  LiveSession takeOver(Host driver, String name, Map<String, String> environment) {
    LiveSession session =
        LiveSession.openOrRestore(
            driver,
            name,
            folder.resolve("state"),
            SessionOptions.defaults().withEnvironment(environment));
    open.add(session);
    return session;
  }

  static void checkContent(LiveSession session) {
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
  static Map<String, String> swapped(Map<String, String> environment, String one, String other) {
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

  void preservedAgain() {
    if (process != null) {
      open.forEach(each -> ((LiveSession) each).close());
      open.clear();
    }
    preserved();
  }
}
