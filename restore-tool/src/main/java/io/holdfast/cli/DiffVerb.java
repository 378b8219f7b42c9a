package io.holdfast.cli;

import io.holdfast.cli.Console.Colour;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code diff}: in what two sessions differ. */
@Command(
    name = "diff",
    description = {
      "Show in what two manifests or journals differ. Nothing is changed.",
      "Ends with exit code 12 if they differ, and with 5 if one of them is damaged or can be"
          + " written by others."
    },
    footer = {
      "  holdfast diff before.manifest after.manifest",
      "  holdfast diff --layout before.manifest /var/lib/holdfast/nic0",
      "  holdfast diff --json before.manifest after.manifest"
    })
final class DiffVerb extends Verb {
  @Option(
      names = "--layout",
      description =
          "Leave out what every live update changes: generation, boots, times, journal, kernel"
              + " release.")
  private boolean layout;

  @Parameters(
      index = "0",
      paramLabel = "BEFORE",
      description = "A manifest, its JSON, a journal, or a session's directory.")
  private String before;

  @Parameters(index = "1", paramLabel = "AFTER", description = "The one to compare it with.")
  private String after;

  @Override
  ExitCode run() throws IOException {
    SessionFile first = SessionFile.read(path(before));
    SessionFile second = SessionFile.read(path(after));
    return show(
        new Comparison(
            first, second, SessionDifferences.of(first.session(), second.session(), layout)));
  }

  private record Comparison(SessionFile before, SessionFile after, List<Difference> differences)
      implements Finding {
    @Override
    public ExitCode exitCode() {
      if (before.doubt().isPresent() || after.doubt().isPresent()) {
        return ExitCode.INPUT_REFUSED;
      }
      return differences.isEmpty() ? ExitCode.OK : ExitCode.DIFFERENT;
    }

    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("before", before.document());
      document.put("after", after.document());
      document.put("same", differences.isEmpty());
      document.put("differences", differences.stream().map(Difference::document));
      return document;
    }

    @Override
    public void print(Console console) {
      console.line("before  " + before.describe());
      console.line("after   " + after.describe());
      console.blank();
      if (!differences.isEmpty()) {
        new Table()
            .row("what", "before", "after")
            .rows(() ->
                differences.stream()
                    .map(each ->
                        new Object[] {each.subject(), cell(each.before()), cell(each.after())}))
            .printTo(console);
        console.blank();
      }
      for (SessionFile each : List.of(before, after)) {
        each.doubt()
            .ifPresent(why ->
                console.line(
                    "Do not rely on "
                        + SafeText.field(each.source())
                        + ": "
                        + SafeText.field(why)));
      }
      console.line(
          differences.isEmpty()
              ? console.colour(Colour.GOOD, "They are the same.")
              : console.colour(Colour.BAD, Words.count(differences.size(), "difference") + "."));
    }

    private static String cell(String value) {
      return value == null ? "-" : value;
    }
  }
}
