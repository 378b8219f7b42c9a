package io.holdfast.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class PinDelaysTest {
  @Test
  void theMedianAndTheLongestAreTold() {
    assertThat(PinDelays.of(Map.of())).isEmpty();
    assertThat(PinDelays.of(Map.of("a", 30L, "b", 10L, "c", 20L)))
        .contains(new PinDelays(3, 20, 30, "a"));
  }
}
