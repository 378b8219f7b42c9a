package io.holdfast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.sim.SimulatedMachine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RehearsalTest {
  private static LiveSession start(Host host, Path state) {
    return start(host, "rehearsed", state);
  }

  private static LiveSession start(Host host, String name, Path state) {
    LiveSession session = LiveSession.openOrRestore(host, name, state);
    Ioas rings = session.ioas("rings");
    session.bind(SimulatedMachine.EDU_ADDRESS, rings);
    rings.buffer("ring", 64 << 10);
    return session;
  }

  @Test
  void aDriverLivesAFirstStartAndTwoRestores() throws Exception {
    List<Boolean> restored = new ArrayList<>();
    List<Path> directories = new ArrayList<>();
    Rehearsal.run((host, state) -> {
      LiveSession session = start(host, state);
      restored.add(session.isRestored());
      directories.add(state);
      session.preserve();
      return session;
    });
    assertThat(restored).containsExactly(false, true, true);
    assertThat(Files.exists(directories.getFirst())).isFalse();
    assertThat(Files.exists(directories.getFirst().getParent())).isFalse();
  }

  @Test
  void aLifeThatPreservesNothingIsRefused() {
    assertThatThrownBy(() -> Rehearsal.run(RehearsalTest::start))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("life 1 ended with nothing preserved; call preserve() at its end");
  }

  @Test
  void aLifeThatRestoresNothingIsRefused() {
    List<Path> lives = new ArrayList<>();
    assertThatThrownBy(() ->
            Rehearsal.run((host, state) -> {
              lives.add(state);
              LiveSession session = start(host, "life-" + lives.size(), state);
              session.preserve();
              return session;
            }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("life 2 has restored nothing");
  }

  @Test
  void whatALifeThrowsIsThrown() {
    assertThatThrownBy(() ->
            Rehearsal.run((host, state) -> {
              throw new java.io.IOException("no such firmware");
            }))
        .hasMessage("no such firmware");
  }
}
