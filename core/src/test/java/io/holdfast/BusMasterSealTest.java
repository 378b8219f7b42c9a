package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.NotPreservableException;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session is not sealed while a device can write its memory, unless the driver says so. */
class BusMasterSealTest {
  private static final PreserveOptions DEFAULTS = PreserveOptions.defaults();

  @TempDir Path directory;
  private SimulatedHost host;
  private LiveSession session;
  private VfioDevice device;

  @BeforeEach
  void open() {
    host = SimulatedHost.open(directory.resolve("machine"));
    session = LiveSession.openOrRestore(host, "nic0", directory.resolve("state"));
    device = session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings"));
    session.ioas("rings").buffer("ring", 4096);
    device.enableBusMastering();
  }

  @AfterEach
  void close() {
    session.close();
    host.close();
  }

  @Test
  void aDeviceThatCanWriteIsNamed() {
    assertThatThrownBy(() -> session.preserve())
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining("device 0000:00:04.0 can still write memory")
        .hasMessageContaining("disableBusMastering()")
        .hasMessageContaining("whileDevicesWrite()");
    assertThat(session.isPreserved()).isFalse();
    assertThat(device.isBusMaster()).describedAs("left as it was").isTrue();
    device.disableBusMastering();
    assertThat(session.preserve().notices()).isEmpty();
  }

  @Test
  void itMayGoOnWhereTheDriverSaysSo() {
    PreserveReport report = session.preserve(DEFAULTS.whileDevicesWrite());
    assertThat(report.notices())
        .anyMatch(notice -> notice.contains("what it writes reaches the next kernel"));
    device.disableBusMastering();
    host.kexec();
    session = LiveSession.openOrRestore(host, "nic0", directory.resolve("state"));
    assertThat(session.isRestored()).isTrue();
  }

  @Test
  void notWithChecksums() {
    PreserveOptions options = DEFAULTS.whileDevicesWrite().withChecksums();
    assertThatThrownBy(() -> session.preserve(options))
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining("would not match the checksums");
    device.disableBusMastering();
    assertThat(session.preserve(options).notices()).isEmpty();
  }
}
