package io.holdfast.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code report}: a page to look at. */
@Command(
    name = "report",
    description = {
      "Write one HTML file about a session: its physical memory as a picture, IOVA to physical"
          + " address by IOAS, devices, and how a restore went. With two files, what was and what"
          + " is, with every difference marked.",
      "The file needs no network and nothing beside it. Ends with exit code 12 if the two differ.",
      "With --fleet, about all hosts of a rollout instead: what was done with each, kernels,"
          + " sessions, extents proved and outages. Ends with exit code 12 if one of them stopped"
          + " it, or lost something."
    },
    footer = {
      "  holdfast report --html nic0.html /var/lib/holdfast/nic0",
      "  holdfast report --html nic0.html before.manifest /var/lib/holdfast/nic0 --result"
          + " nic0.json",
      "  holdfast report --html rollout.html --fleet reports"
    })
final class ReportVerb extends Verb {
  @Option(
      names = "--html",
      required = true,
      paramLabel = "FILE",
      converter = PathConverter.class,
      description =
          "The file to write, readable by this user only; a file that is there is replaced.")
  private Path html;

  @Option(
      names = "--result",
      paramLabel = "JSON",
      converter = PathConverter.class,
      description = "What restore --json or verify --json has printed.")
  private Path result;

  @Option(
      names = "--fleet",
      paramLabel = "DIR",
      converter = PathConverter.class,
      description = "A directory with the documents of a rollout's hosts, HOST.json.")
  private Path fleet;

  @Parameters(
      arity = "0..2",
      paramLabel = "FILE",
      description = "A manifest, its JSON, a journal, or a session's directory; or two of them.")
  private List<String> files = List.of();

  @Override
  ExitCode run() throws IOException {
    if (fleet != null) {
      return ofFleet();
    }
    if (files.isEmpty() && result == null) {
      throw misused("name one or two files, or a --result");
    }
    List<SessionFile> sides = new ArrayList<>();
    for (String each : files) {
      sides.add(SessionFile.read(path(each)));
    }
    Optional<ResultFile> told =
        result == null ? Optional.empty() : Optional.of(ResultFile.read(result));
    ReportPage page = ReportPage.of(sides, told);
    OutputFile.writeText(html, OutputFile.PRIVATE, true, page::writeTo);
    return show(new Reported(page, html));
  }

  private ExitCode ofFleet() throws IOException {
    if (!files.isEmpty() || result != null) {
      throw misused("--fleet stands alone");
    }
    FleetPage page = new FleetPage(FleetHost.readAll(fleet));
    OutputFile.writeText(html, OutputFile.PRIVATE, true, page::writeTo);
    return show(new FleetReported(page, html));
  }

  private record FleetReported(FleetPage page, Path file) implements Finding {
    @Override
    public ExitCode exitCode() {
      return page.isBad() ? ExitCode.DIFFERENT : ExitCode.OK;
    }

    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("file", file);
      document.put("fleet", page.summary());
      document.put("hosts", page.hosts().stream().map(FleetHost::document).toList());
      return document;
    }

    @Override
    public void print(Console console) {
      for (FleetHost host : page.hosts()) {
        if (host.status() == FleetHost.Status.STOPPED || host.status() == FleetHost.Status.LOSS) {
          console.line(
              "%s: %s: %s"
                  .formatted(
                      SafeText.field(host.name()),
                      Words.of(host.status()),
                      SafeText.field(host.reason())));
        }
      }
      console.line(page.sentence());
      console.line("Written to " + SafeText.field(file) + ".");
    }
  }

  private record Reported(ReportPage page, Path file) implements Finding {
    @Override
    public ExitCode exitCode() {
      if (page.sides().stream().anyMatch(side -> side.doubt().isPresent())) {
        return ExitCode.INPUT_REFUSED;
      }
      return page.differences().isEmpty() ? ExitCode.OK : ExitCode.DIFFERENT;
    }

    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("file", file);
      document.put("sources", page.sides().stream().map(SessionFile::document).toList());
      document.put(
          "extents",
          page.sides().stream().map(side -> ReportPage.extents(side.session())).toList());
      document.put("differences", page.differences().stream().map(Difference::document).toList());
      return document;
    }

    @Override
    public void print(Console console) {
      for (SessionFile side : page.sides()) {
        console.line(side.describe());
        side.doubt().ifPresent(why -> console.line("Do not rely on it: " + SafeText.field(why)));
      }
      if (page.sides().size() == 2) {
        console.line(
            page.differences().isEmpty()
                ? "They are the same."
                : Words.count(page.differences().size(), "difference") + ".");
      }
      console.line("Written to " + SafeText.field(file) + ".");
    }
  }
}
