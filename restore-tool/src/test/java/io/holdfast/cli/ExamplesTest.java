package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * The tool understands every command line that its help and the documentation give as an example.
 */
final class ExamplesTest {
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  private static CommandLine tool() {
    return Verbs.documented();
  }

  private static void requireUnderstood(String line) {
    // What a shell takes for itself: a comment, a pipe, where the output goes.
    String own = line.replaceFirst("\\s(#|\\||>|&&|&( |$)).*", "").strip();
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(own);
    while (matcher.find()) {
      words.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
    }
    words.removeFirst();
    assertThatCode(() -> tool().parseArgs(words.toArray(String[]::new)))
        .as(line)
        .doesNotThrowAnyException();
  }

  @Test
  void thoseOfTheHelpAreUnderstood() {
    int examples = 0;
    for (CommandLine verb : tool().getSubcommands().values()) {
      for (String line : verb.getCommandSpec().usageMessage().footer()) {
        if (line.startsWith("  holdfast ")) {
          requireUnderstood(line.strip());
          // A longer one is wrapped on a narrow terminal, and cannot be pasted from there.
          assertThat(line).hasSizeLessThan(80);
          examples++;
        }
      }
    }
    assertThat(examples).isGreaterThan(30);
  }

  static Stream<Path> pages() throws IOException {
    Path root = Path.of("..");
    try (Stream<Path> docs = Files.list(root.resolve("docs"))) {
      return Stream.concat(
          Stream.of(root.resolve("README.md")),
          docs.filter(page -> page.toString().endsWith(".md")).sorted().toList().stream());
    }
  }

  /** In blocks of code, lines that begin with the tool's name and have no place to fill in. */
  @ParameterizedTest
  @MethodSource("pages")
  void thoseOfThePagesAreUnderstood(Path page) throws IOException {
    boolean code = false;
    for (String line : Files.readAllLines(page)) {
      if (line.startsWith("```")) {
        code = !code;
      } else if (code && line.matches("(\\./)?holdfast .*") && !line.contains("…")) {
        requireUnderstood(line);
      }
    }
  }
}
