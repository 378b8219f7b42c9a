package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a host before and after a kexec, on a simulated machine. */
final class AuditVerbTest {
  private static final PciAddress EDU = SimulatedMachine.EDU_ADDRESS;

  @TempDir private Path folder;

  private Path machine() {
    return folder.resolve("machine");
  }

  private Path state() {
    return folder.resolve("state");
  }

  private String directory() {
    return folder.resolve("record").toString();
  }

  /** Runs the verb beside a driver, on the machine it has open. */
  private Run audit(SimulatedHost host, String... arguments) {
    return Run.of(
        ignored -> SimulatedHost.on(host.kernel()),
        Stream.concat(Stream.of("--state", state().toString(), "audit"), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private LiveSession open(SimulatedHost host) {
    LiveSession session =
        LiveSession.openOrRestore(host, "nic0", state(), SessionOptions.defaults());
    session.bind(EDU, session.ioas("rings"));
    session.ioas("rings").buffer("ring", 64 << 10);
    return session;
  }

  /**
   * Seals a session and records it as {@code --record} does where it sees who holds it, which a
   * simulated machine does not tell.
   */
  private LiveSession record(SimulatedHost host) throws IOException {
    LiveSession session = open(host);
    SessionState sealed = session.preserve().sealed();
    AuditRecord.write(
        Path.of(directory()),
        Map.of(
            "kernel",
            sealed.host().kernelRelease(),
            "bootId",
            sealed.bootId(),
            "at",
            Instant.now()),
        List.of(sealed));
    return session;
  }

  private void recordAndKexec(SimulatedHost host) throws IOException {
    record(host);
    host.kexec();
  }

  private Map<String, Object> document(Run run) throws IOException {
    return JsonTree.read(Files.writeString(folder.resolve("audit.json"), run.out()));
  }

  private static Map<?, ?> session(Map<String, Object> document) {
    return (Map<?, ?>) ((List<?>) document.get("sessions")).getFirst();
  }

  private Map<String, Object> compared(SimulatedHost host, ExitCode code) throws IOException {
    Run run = audit(host, "--compare", directory(), "--json");
    assertThat(run.code()).as(run.out() + run.err()).isEqualTo(code.code());
    return document(run);
  }

  @Test
  void aSessionThatCameThroughIsKept() throws IOException {
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      recordAndKexec(host);
      LiveSession session = open(host);
      session.ready();
      Map<String, Object> document = compared(host, ExitCode.OK);
      assertThat(document).containsEntry("verdict", "kept").containsEntry("remedy", "");
      Map<?, ?> nic0 = session(document);
      assertThat(nic0.get("extents")).isEqualTo(nic0.get("sameExtents"));
      assertThat(nic0.get("sameBytes")).isEqualTo(65536L);
      assertThat((Long) nic0.get("outageMillis")).isNotNegative();
      assertThat(audit(host).out()).contains("nic0", "recording");
    }
  }

  @Test
  void beforeItIsRestoredItWaits() throws IOException {
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      recordAndKexec(host);
      Map<?, ?> nic0 = session(compared(host, ExitCode.NOT_ALLOWED_NOW));
      assertThat(nic0.get("verdict")).isEqualTo("waiting");
      assertThat(nic0.get("remedy"))
          .isEqualTo("start its driver, or holdfast restore --session nic0");
    }
  }

  @Test
  void whatStandsAgainstItIsNamed() throws IOException {
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      host.unplug(EDU);
      recordAndKexec(host);
      Map<String, Object> document = compared(host, ExitCode.HOST_NOT_ABLE);
      assertThat(document).containsEntry("verdict", "blocked");
      assertThat(document.get("reason").toString()).contains("nic0", EDU.toString());
    }
  }

  @Test
  void aColdBootLosesEverything() throws IOException {
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      LiveSession dead = record(host);
      host.coldBoot();
      dead.close();
      LiveSession fresh = open(host);
      assertThat(fresh.report().sameExtents()).isZero();
      Map<?, ?> nic0 = session(compared(host, ExitCode.NOT_VERIFIED));
      assertThat(nic0.get("verdict")).isEqualTo("lost");
      assertThat(nic0.get("lostExtents")).isEqualTo(nic0.get("extents"));
    }
  }

  @Test
  void theSameKernelIsNotAnotherOne() throws IOException {
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      record(host);
      assertThat(compared(host, ExitCode.NOT_ALLOWED_NOW)).containsEntry("verdict", "not-replaced");
    }
  }

  @Test
  void whatIsNotReadyIsNotRecorded() {
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      Run none = audit(host, "--record", directory());
      assertThat(none.code()).isEqualTo(ExitCode.NOTHING_TO_RESTORE.code());
      try (LiveSession session = open(host)) {
        assertThat(session.isPreserved()).isFalse();
        Run unsealed = audit(host, "--record", directory());
        assertThat(unsealed.code()).isEqualTo(ExitCode.NOT_ALLOWED_NOW.code());
        assertThat(unsealed.out()).contains("not sealed", "To do: ");
        Run other = audit(host, "--record", directory(), "--expect", "nic1");
        assertThat(other.code()).isEqualTo(ExitCode.NOTHING_TO_RESTORE.code());
        assertThat(other.out()).contains("there is no session \"nic1\"");
      }
    }
    assertThat(folder.resolve("record")).doesNotExist();
  }

  @Test
  void anExpectedSessionOfAnEarlierBootIsNamed() throws IOException {
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      open(host);
      host.coldBoot();
      Run run = audit(host, "--record", directory(), "--expect", "nic0");
      assertThat(run.code()).isEqualTo(ExitCode.NOTHING_TO_RESTORE.code());
      assertThat(run.out())
          .contains("session \"nic0\" is not sealed: recorded in an earlier boot", "To do: ");
    }
  }

  @Test
  void whatIsRecordedIsPrivateAndNotTrustedBlindly() throws IOException {
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      recordAndKexec(host);
      Path manifest = folder.resolve("record/nic0.manifest");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(manifest)))
          .isEqualTo("rw-------");
      Files.write(manifest, new byte[100]);
      assertThat(audit(host, "--compare", directory()).code())
          .isEqualTo(ExitCode.INPUT_REFUSED.code());
      Files.delete(manifest);
      Files.writeString(folder.resolve("record/host.json"), "{\"kernel\": 7}");
      assertThat(audit(host, "--compare", directory()).code())
          .isEqualTo(ExitCode.INPUT_REFUSED.code());
    }
  }
}
