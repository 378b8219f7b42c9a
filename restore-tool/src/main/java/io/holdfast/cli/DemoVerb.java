package io.holdfast.cli;

import io.holdfast.cli.demo.Demo;
import io.holdfast.cli.demo.DemoOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}: the whole thing on a simulated machine. */
@Command(
    name = "demo",
    description = {
      "Show a driver, a kexec and the driver's next process, on a simulated machine in a"
          + " temporary directory.",
      "Needs no special host and no privileges. Ends with exit code 6 if a single address or byte"
          + " differs."
    },
    footer = {
      "  holdfast demo",
      "  holdfast demo --seed 42 --keep",
      "  holdfast demo --report demo.html",
      "  holdfast demo --json"
    })
final class DemoVerb extends Verb {
  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "What memory looks like and holds; the same seed gives the same run. Default: 1.")
  private long seed;

  @Option(names = "--keep", description = "Keep the directory, and print its path.")
  private boolean keep;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      converter = PathConverter.class,
      description = "Write an HTML page of it, as holdfast report does.")
  private Path report;

  @Override
  ExitCode run() throws Exception {
    Path folder = Files.createTempDirectory("holdfast-demo-");
    try {
      DemoOutcome outcome =
          new Demo(
                  folder,
                  seed,
                  paragraph -> {
                    if (!tool().isJson()) {
                      console().lines(paragraph);
                      console().blank();
                      console().flush();
                    }
                  })
              .run();
      if (report != null) {
        ReportPage page =
            ReportPage.of(
                List.of(
                    SessionFile.read(Demo.manifestBefore(folder)),
                    SessionFile.read(Demo.stateOfSession(folder))),
                Optional.empty());
        OutputFile.writeText(report, OutputFile.PRIVATE, true, page::writeTo);
      }
      return show(
          new DemoFinding(
              outcome, keep ? List.of(folder) : List.of(), Optional.ofNullable(report)));
    } finally {
      if (!keep) {
        remove(folder);
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    List<Path> found;
    try (Stream<Path> all = Files.walk(folder)) {
      found = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : found) {
      Files.deleteIfExists(each);
    }
  }
}
