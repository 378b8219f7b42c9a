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
 * Hostile manifests in JSON: {@code tests/cli/run json} makes more, and the same ones again from
 * their seed.
 */
final class HostileJsonTest {
  private static final Set<Integer> READ_OR_REFUSED = Set.of(0, 5);

  @TempDir private Path directory;

  @Test
  void eachIsReadOrRefused() throws IOException {
    long seed = Trial.setting("seed", 20261128);
    long count = Trial.setting("json", 600);
    Stage stage = Stage.set(directory);
    HostileJson documents = new HostileJson(stage.session(), seed);
    String file = directory.resolve("manifest.json").toString();
    int[] seen = new int[12];
    try (Trial trial = new Trial("hostile JSON, seed " + seed)) {
      for (long i = 0; i < count; i++) {
        Files.write(Path.of(file), documents.next());
        for (List<String> line :
            List.of(
                Trial.line("inspect", file), Trial.line("inspect", "--json", "--extents", file))) {
          seen[trial.run(line, READ_OR_REFUSED).code()]++;
        }
      }
      assertThat(trial.runs()).isEqualTo(2 * count);
    }
    assertThat(seen[0]).isPositive();
    assertThat(seen[5]).isPositive();
  }
}
