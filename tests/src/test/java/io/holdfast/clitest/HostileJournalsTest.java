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
 * Hostile journals under every verb that reads one: {@code tests/cli/run journals} makes more, and
 * the same ones again from their seed.
 */
final class HostileJournalsTest {
  /** Read, nothing preserved, refused, not possible here, or as things stand. */
  private static final Set<Integer> CODES = Set.of(0, 3, 4, 5, 9);

  @TempDir private Path directory;

  @Test
  void everyVerbEndsAsTheTableSays() throws IOException {
    long seed = Trial.setting("seed", 20261128);
    long count = Trial.setting("journals", 120);
    Stage stage = Stage.set(directory);
    Path journal = stage.state().resolve(Stage.SESSION).resolve("journal");
    HostileJournals journals = new HostileJournals(Files.readAllBytes(journal), seed);
    int[] seen = new int[12];
    try (Trial trial = new Trial("hostile journals, seed " + seed)) {
      for (long i = 0; i < count; i++) {
        Files.write(journal, journals.next());
        for (List<String> line : lines(stage, journal)) {
          seen[trial.run(line, CODES).code()]++;
        }
      }
      assertThat(trial.runs()).isEqualTo(count * lines(stage, journal).size());
    }
    assertThat(seen[0]).isPositive();
    assertThat(seen[4]).isPositive();
    assertThat(seen[5]).isPositive();
  }

  private static List<List<String>> lines(Stage stage, Path journal) {
    String state = stage.state().toString();
    String host = "--host=" + stage.host();
    return List.of(
        Trial.line("inspect", journal.toString()),
        Trial.line("inspect", "--extents", "--json", journal.toString()),
        Trial.line("inspect", state),
        Trial.line("inspect", "--json", state),
        Trial.line("inspect", "--state", state, "--session", Stage.SESSION),
        Trial.line("plan", "--state", state, host, "--session", Stage.SESSION),
        Trial.line("sessions", "--state", state, host),
        Trial.line("sessions", "--json", "--state", state, host),
        Trial.line("verify", "--consume", "--state", state, host, "--session", Stage.SESSION),
        Trial.line(
            "restore", "--consume", "--json", "--state", state, host, "--session", Stage.SESSION));
  }
}
