package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DemoTest {
  @Test
  void endsInOneClearSentence() throws IOException {
    Holdfast.Result demo = Holdfast.run("demo", "--seed", "7");
    assertThat(demo.code()).as(demo.toString()).isZero();
    assertThat(demo.err()).isEmpty();
    assertThat(demo.out().strip().lines().toList().getLast())
        .matches(
            "Across the kexec all [\\d,]+ extents \\([\\d,]+ bytes\\) are where they were; every"
                + " byte is intact\\.");
    Golden.assertMatches("demo.txt", demo.out().replaceFirst("(?m)^   control .*$", "CONTROL"));
  }

  @Test
  void writesAPageOfItself(@TempDir Path directory) throws IOException {
    Path page = directory.resolve("demo.html");
    Holdfast.Result demo = Holdfast.run("demo", "--report", page.toString());
    assertThat(demo.code()).as(demo.toString()).isZero();
    assertThat(demo.out()).contains("The report: " + page);
    // What was preserved is the same; what was not is not in the manifest of before.
    assertThat(Files.readString(page))
        .contains("Session demo", "1 difference between the two.", "buffer rings/control");
  }

  @Test
  void isOneDocumentForProgramsAndKeepsItsFolderOnlyIfAsked() throws IOException {
    Holdfast.Result demo = Holdfast.run("demo", "--seed", "8", "--json", "--keep");
    assertThat(demo.code()).as(demo.toString()).isZero();
    assertOneDocument(demo.out());
    assertThat(demo.out()).contains("\"asItWas\" : true", "\"dmaAfter\" : true");
    Matcher folder = Pattern.compile("\"folder\" : \"([^\"]+)\"").matcher(demo.out());
    assertThat(folder.find()).isTrue();
    Path kept = Path.of(folder.group(1));
    assertThat(kept.resolve("state/demo/journal")).exists();
    Holdfast.Result inspect = Holdfast.run("inspect", kept.resolve("state").toString());
    assertThat(inspect.code()).as(inspect.toString()).isZero();
    assertThat(inspect.out()).contains("demo", "recording");
    try (var files = Files.walk(kept)) {
      for (Path each : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  static void assertOneDocument(String json) throws IOException {
    int depth = 0;
    int documents = 0;
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      JsonToken token;
      while ((token = parser.nextToken()) != null) {
        depth += token.isStructStart() ? 1 : 0;
        depth -= token.isStructEnd() ? 1 : 0;
        documents += depth == 0 ? 1 : 0;
      }
    }
    assertThat(documents).as(json).isEqualTo(1);
  }
}
