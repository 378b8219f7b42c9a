package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class CallerEnvironmentTest {
  @Test
  void theCallersLocaleIsGivenBack() {
    assertThat(
            CallerEnvironment.of(
                Map.of("LC_ALL", "C.UTF-8", "HOLDFAST_CALLER_LC_ALL", "C", "PATH", "/bin")))
        .isEqualTo(Map.of("LC_ALL", "C", "PATH", "/bin"));
    assertThat(CallerEnvironment.of(Map.of("LC_ALL", "C.UTF-8", "HOLDFAST_CALLER_LC_ALL", "unset")))
        .isEmpty();
    assertThat(CallerEnvironment.of(Map.of("LC_ALL", "C.UTF-8", "HOLDFAST_CALLER_LC_ALL", "")))
        .isEqualTo(Map.of("LC_ALL", ""));
  }

  @Test
  void withoutTheLauncherItIsTheProcesss() {
    assertThat(CallerEnvironment.of(Map.of("LC_ALL", "de_DE.UTF-8")))
        .isEqualTo(Map.of("LC_ALL", "de_DE.UTF-8"));
  }
}
