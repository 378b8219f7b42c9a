package io.holdfast.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.LiveSession;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreOptions.Choice;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A driver that is a service of {@code Type=notify}, whoever keeps its descriptors. */
@Timeout(120)
class ReadyDriverTest {
  private final Machine machine = new Machine();
  private final FakeSystemd systemd = new FakeSystemd(machine.process(), 64);
  private final SimulatedProcess other = machine.process();
  @TempDir Path directory;

  @AfterEach
  void end() {
    systemd.close();
    machine.close();
  }

  private LiveSession open(SimulatedHost host, Choice choice, Map<String, String> environment) {
    return LiveSession.openOrRestore(
        host,
        Machine.SESSION,
        directory,
        SessionOptions.defaults()
            .withEnvironment(environment)
            .withStore(StoreOptions.automatic().withHolder(Machine.SOCKET).with(choice)));
  }

  @ParameterizedTest
  @EnumSource(names = "AUTOMATIC", mode = EnumSource.Mode.EXCLUDE)
  void isUpWhenItSaysSo(Choice choice) {
    try (SimulatedHost host = SimulatedHost.on(machine.kernel)) {
      Map<String, String> environment = systemd.start(other);
      if (choice != Choice.SYSTEMD) {
        environment.remove("FDSTORE");
      }
      if (choice == Choice.HOLDER) {
        machine.holder(machine.process());
      }
      try (LiveSession session = open(host, choice, environment)) {
        assertThat(session.store().kind().name()).isEqualTo(choice.name());
        barrier();
        assertThat(systemd.told).doesNotContain("READY=1");
        session.ready();
        barrier();
        assertThat(systemd.told).containsOnlyOnce("READY=1");
      }
    }
  }

  /** Returns when the service manager has read everything that it was told. */
  private void barrier() {
    SystemdNotify.of(other, Map.of("NOTIFY_SOCKET", FakeSystemd.ADDRESS)).orElseThrow().barrier();
  }

  @Test
  void aServiceManagerThatIsGoneIsToldOf() {
    try (SimulatedHost host = SimulatedHost.on(machine.kernel)) {
      Map<String, String> environment = Map.of("NOTIFY_SOCKET", "/run/nobody");
      try (LiveSession session = open(host, Choice.NONE, environment)) {
        assertThatThrownBy(session::ready)
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("READY=1");
      }
    }
  }
}
