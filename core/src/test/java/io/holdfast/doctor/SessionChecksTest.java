package io.holdfast.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.doctor.HostCheck.Status;
import io.holdfast.model.SessionState;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the next kernel may put what has to be movable. */
class SessionChecksTest {
  @TempDir private Path folder;
  private SessionState state;
  private long firstFrame;

  @BeforeEach
  void aSession() {
    try (SimulatedHost host = SimulatedHost.open(folder.resolve("machine"));
        LiveSession session = LiveSession.openOrRestore(host, "nic0", folder.resolve("state"))) {
      Ioas rings = session.ioas("rings");
      session.bind(SimulatedMachine.EDU_ADDRESS, rings);
      firstFrame = rings.buffer("ring", 4096).physicalAddress(0) >> 12;
      state = session.state();
    }
  }

  private HostCheck check(FakeHost host, String name) {
    return new SessionChecks(host.kernel(), state)
        .all().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void aKernelWithoutCmaIsFine() {
    assertThat(check(new FakeHost().file("/proc/meminfo", "CmaTotal:  0 kB\n"), "session-cma"))
        .returns(Status.OK, HostCheck::status);
    assertThat(check(new FakeHost(), "session-cma").status()).isEqualTo(Status.OK);
  }

  @Test
  void cmaThatCannotBeSeenIsNamed() {
    HostCheck check =
        check(new FakeHost().file("/proc/meminfo", "CmaTotal:  65536 kB\n"), "session-cma");
    assertThat(check.status()).isEqualTo(Status.WARNING);
    assertThat(check.toString()).contains("64 MiB").contains("CONFIG_CMA_DEBUGFS");
  }

  @Test
  void extentsInCmaAreCounted() {
    FakeHost host =
        new FakeHost()
            .file("/proc/meminfo", "MemTotal: 1 kB\nCmaTotal:  65536 kB\n")
            .folder("/sys/kernel/debug/cma", "reserved")
            .file("/sys/kernel/debug/cma/reserved/count", "16\n")
            .file("/sys/kernel/debug/cma/reserved/base_pfn", (firstFrame - 3) + "\n");
    HostCheck check = check(host, "session-cma");
    assertThat(check.status()).isEqualTo(Status.WARNING);
    assertThat(check.toString()).contains("1 extents are in CMA");
    host.folder("/sys/kernel/debug/cma/reserved/ranges", "0", "1")
        .file("/sys/kernel/debug/cma/reserved/ranges/0/base_pfn", (firstFrame + 1) + "\n")
        .file("/sys/kernel/debug/cma/reserved/ranges/1/base_pfn", (firstFrame + 500) + "\n");
    assertThat(check(host, "session-cma").status()).isEqualTo(Status.OK);
  }
}
