package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hostile manifests under every verb that reads one: {@code tests/cli/run manifests} makes more,
 * and the same ones again from their seed.
 */
final class HostileManifestsTest {
  /** Read, nothing preserved, refused, not possible here, or as things stand. */
  private static final Set<Integer> CODES = Set.of(0, 3, 4, 5, 9);

  @TempDir private Path directory;

  @Test
  void everyVerbEndsAsTheTableSays() throws IOException {
    long seed = Trial.setting("seed", 20261124);
    long count = Trial.setting("manifests", 120);
    Stage stage = Stage.set(directory);
    HostileManifests manifests = new HostileManifests(stage.session(), seed);
    int[] seen = new int[12];
    try (Trial trial = new Trial("hostile manifests, seed " + seed)) {
      for (long i = 0; i < count; i++) {
        Files.write(stage.manifest(), manifests.next());
        for (List<String> line : lines(stage)) {
          seen[trial.run(line, CODES).code()]++;
        }
      }
      assertThat(trial.runs()).isEqualTo(count * lines(stage).size());
    }
    // Neither are all of them refused for one reason, nor does everything pass.
    assertThat(seen[0]).isPositive();
    assertThat(seen[4]).isPositive();
    assertThat(seen[5]).isPositive();
  }

  private static List<List<String>> lines(Stage stage) {
    String manifest = stage.manifest().toString();
    String state = stage.state().toString();
    String host = "--host=" + stage.host();
    return List.of(
        Trial.line("inspect", manifest),
        Trial.line("inspect", "--extents", "--json", manifest),
        Trial.line("inspect", state),
        Trial.line("inspect", "--json", state),
        Trial.line("inspect", "--state", state, "--session", Stage.SESSION),
        Trial.line("plan", "--state", state, host, "--session", Stage.SESSION),
        Trial.line("plan", "--json", "--state", state, host, "--session", Stage.SESSION),
        Trial.line("sessions", "--state", state, host),
        Trial.line("sessions", "--json", "--state", state, host),
        Trial.line("verify", "--consume", "--state", state, host, "--session", Stage.SESSION),
        Trial.line(
            "restore", "--consume", "--json", "--state", state, host, "--session", Stage.SESSION));
  }
}
