package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.Host;
import org.junit.jupiter.api.Test;

class HostProcessTest {
  @Test
  void allLocalHostsShareWhatTheirProcessHasTaken() {
    try (Host one = Host.local();
        Host other = Host.local()) {
      assertThat(HostProcess.of(one).retained()).isSameAs(HostProcess.of(other).retained());
      HostProcess traced = HostProcess.of(one).calledBy(HostProcess.of(other).syscalls());
      assertThat(traced.retained()).isSameAs(HostProcess.of(one).retained());
    }
  }
}
