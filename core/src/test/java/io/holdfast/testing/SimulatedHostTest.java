package io.holdfast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.DmaBuffer;
import io.holdfast.LiveSession;
import io.holdfast.disk.FaultInjectingDisk.Operation;
import io.holdfast.journal.JournalIoException;
import io.holdfast.journal.JournalReader;
import io.holdfast.model.KernelException;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.Stage;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a test does to a simulated host, and what its sessions make of it. */
class SimulatedHostTest {
  @TempDir Path folder;
  private SimulatedHost host;

  @BeforeEach
  void boot() {
    host =
        SimulatedHost.open(
            folder.resolve("machine"), SimulatedMachine.standard().withMemoryBytes(16 << 20));
  }

  @AfterEach
  void switchOff() {
    host.close();
  }

  private LiveSession open() {
    return LiveSession.openOrRestore(host, "nic0", folder.resolve("state"));
  }

  private Path file(String name) {
    return folder.resolve("state/nic0").resolve(name);
  }

  private LiveSession working() {
    LiveSession session = open();
    session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings"));
    session.ioas("rings").buffer("tx", 4096);
    return session;
  }

  @Test
  void aKexecEndsTheProcessAndTheNextOneRestores() {
    LiveSession before = working();
    before.preserve();
    assertThat(host.kexec().sessionsCarried()).containsExactly("nic0");
    assertThat(file("manifest")).as("nothing is written by a process that is dead").exists();
    assertThatThrownBy(() -> before.ioas("more"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
    assertThat(open().isRestored()).isTrue();
  }

  @Test
  void aKexecWithoutPreservingLosesWhatWasPreserved() {
    working().preserve();
    assertThat(host.kexecWithoutPreserving().sessionsLost()).containsExactly("nic0");
    assertThat(open().report().outcome()).isEqualTo(Outcome.PRESERVED_BUT_LOST);
  }

  @Test
  void aColdBootAndAKilledProcessAreToldApart() {
    working();
    host.coldBoot();
    assertThat(open().report().outcome()).isEqualTo(Outcome.COLD_BOOT);
    host.kill();
    assertThat(open().report().outcome()).isEqualTo(Outcome.PROCESS_RESTARTED);
  }

  @Test
  void aPlannedCallFailsOnce() {
    LiveSession session = working();
    host.fail("IOMMU_IOAS_MAP_FILE", 2, Errno.ENOMEM);
    session.ioas("rings").buffer("first", 4096);
    assertThatThrownBy(() -> session.ioas("rings").buffer("second", 4096))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("ENOMEM");
    session.ioas("rings").buffer("second", 4096);
  }

  @Test
  void theProcessDiesWhereItIsPlannedTo() {
    LiveSession session = working();
    host.dieAt("LIVEUPDATE_SESSION_PRESERVE_FD", 1);
    assertThatThrownBy(session::preserve).isInstanceOf(ProcessDied.class);
    assertThat(open().report().outcome()).isEqualTo(Outcome.PROCESS_RESTARTED);
  }

  @Test
  void devicesArePluggedWithTheNextBoot() {
    host.unplug(SimulatedMachine.EDU_ADDRESS);
    working().close();
    host.coldBoot();
    LiveSession session = open();
    assertThatThrownBy(() -> session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings")))
        .hasMessageContaining("no PCI device");
  }

  @Test
  void aRestoredSessionIsNotLostBecauseItsManifestCannotBeRemoved() {
    working().preserve();
    host.kexec();
    host.failDisk(Operation.DELETE, 1, "Input/output error");
    LiveSession restored = open();
    assertThat(restored.isRestored()).isTrue();
    assertThat(restored.report().notices()).anyMatch(it -> it.contains("Input/output error"));
    assertThat(restored.ioas("rings").find("tx")).isPresent();
  }

  @Test
  void aRestoredSessionIsNotLostBecauseTheListenerFailsAtTheEnd() {
    working().preserve();
    host.kexec();
    SessionOptions failing =
        SessionOptions.defaults()
            .withListener((stage, item, done, total) -> {
              if (stage == Stage.FINISH) {
                throw new AssertionError("too late");
              }
            });
    LiveSession restored =
        LiveSession.openOrRestore(host, "nic0", folder.resolve("state"), failing);
    assertThat(restored.report().notices()).anyMatch(it -> it.contains("too late"));
    assertThat(restored.ioas("rings").find("tx")).isPresent();
  }

  @Test
  void aSealThatCouldNotBeMadeDurableIsNotRecorded() {
    LiveSession session = working();
    // The manifest is forced first, then its folder, then the journal.
    host.failDisk(Operation.FORCE, 2, "Input/output error");
    assertThatThrownBy(session::preserve).hasMessageContaining("Input/output error");
    assertThat(session.isPreserved()).isFalse();
    assertThat(JournalReader.read(file("journal")).seal()).isEmpty();
    assertThat(file("manifest")).doesNotExist();
    session.preserve();
  }

  @Test
  void aCancelledSealIsRecordedThoughItsManifestCannotBeRemoved() {
    LiveSession session = working();
    session.preserve();
    host.failDisk(Operation.DELETE, 1, "Input/output error");
    assertThatThrownBy(session::cancelPreserve)
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("remove it by hand");
    assertThat(session.isPreserved()).isFalse();
    assertThat(JournalReader.read(file("journal")).seal()).isEmpty();
    assertThat(Files.exists(file("manifest"))).isTrue();
  }

  @Test
  void whatWasGivenUpButCouldNotBeRecordedIsRecordedWithTheNextChange() {
    working().preserve();
    host.kexec();
    LiveSession session = open();
    // Neither into the file that is there nor into a fresh one.
    host.failDisk(Operation.WRITE, 1, "Input/output error");
    host.failDisk(Operation.CREATE, 1, "Input/output error");
    DmaBuffer buffer = session.ioas("rings").find("tx").orElseThrow();
    assertThatThrownBy(buffer::close)
        .isInstanceOf(JournalIoException.class)
        .hasMessageContaining("Input/output error");
    assertThat(session.ioas("rings").find("tx")).isEmpty();
    assertThat(JournalReader.read(file("journal")).state().ioases().getFirst().mappings())
        .hasSize(1);
    session.ioas("other");
    assertThat(JournalReader.read(file("journal")).state().ioases())
        .hasSize(2)
        .allMatch(ioas -> ioas.mappings().isEmpty());
    session.close();
  }
}
