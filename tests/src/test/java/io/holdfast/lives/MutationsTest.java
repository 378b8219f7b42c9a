package io.holdfast.lives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The deliberate bugs still fit the sources; whether they are found is a long run's business. */
class MutationsTest {
  private static final Path ROOT = Path.of(System.getProperty("holdfast.root"));
  private static final String TO_FILE = "+++ b/";

  @ParameterizedTest
  @ValueSource(strings = {"lives", "store", "drivers"})
  void everyPatchFitsTheSources(String of) throws IOException {
    List<Path> patches;
    try (Stream<Path> files = Files.list(ROOT.resolve("tests/%s/mutations".formatted(of)))) {
      patches = files.filter(file -> file.toString().endsWith(".patch")).sorted().toList();
    }
    assertThat(patches).hasSizeGreaterThanOrEqualTo(15);
    for (Path patch : patches) {
      List<String> lines = Files.readAllLines(patch);
      assertThat(lines.getFirst()).as("%s", patch).matches("Bug: .*\\.");
      check(patch, lines);
    }
  }

  private static void check(Path patch, List<String> lines) throws IOException {
    String source = "";
    List<String> before = new ArrayList<>();
    boolean inHunk = false;
    for (String line : lines) {
      if (line.startsWith("@@") || line.startsWith("--- ")) {
        fits(patch, source, before);
        inHunk = line.startsWith("@@");
      } else if (line.startsWith(TO_FILE)) {
        source = Files.readString(ROOT.resolve(line.substring(TO_FILE.length())));
      } else if (inHunk && !line.startsWith("+")) {
        before.add(line.isEmpty() ? "" : line.substring(1));
      }
    }
    fits(patch, source, before);
  }

  private static void fits(Path patch, String source, List<String> before) {
    if (!before.isEmpty()) {
      assertThat(source).as("%s", patch).contains(String.join("\n", before) + "\n");
      before.clear();
    }
  }
}
