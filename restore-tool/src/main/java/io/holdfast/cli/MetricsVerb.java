package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.sys.Syscalls;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code metrics}: numbers for monitoring. */
@Command(
    name = "metrics",
    description = {
      "Print metrics of this host's sessions and of their last restores and audit as OpenMetrics"
          + " text. Nothing is taken or changed.",
      "With --file the text goes to a file, whole or not at all, readable by everybody: for a node"
          + " exporter's textfile directory, from a timer."
    },
    footer = {
      "  holdfast metrics",
      "  holdfast restore --session nic0 --json > /run/holdfast/nic0.json",
      "  holdfast metrics --result /run/holdfast/nic0.json"
          + " --file /var/lib/prometheus/node-exporter/holdfast.prom"
    })
final class MetricsVerb extends Verb {
  @Option(
      names = "--file",
      paramLabel = "FILE",
      converter = PathConverter.class,
      description = "Write it there; a file that is there is replaced.")
  private Path file;

  @Option(
      names = "--result",
      paramLabel = "JSON",
      converter = PathConverter.class,
      description =
          "What restore --json or verify --json has printed. May be given several times; a file"
              + " that is not there yet is left out.")
  private List<Path> results = List.of();

  @Option(
      names = "--audit",
      paramLabel = "JSON",
      converter = PathConverter.class,
      description =
          "What audit --compare --json has printed after the last kexec; a file that is not there"
              + " is left out.")
  private Path audit;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The holder's socket. Default: as holdfast hold has it.")
  private String socket;

  @Override
  ExitCode run() throws IOException {
    List<ResultFile> read = readResults();
    try (Host host = OpenHost.of(tool(), console())) {
      Syscalls syscalls = OpenHost.syscalls(host);
      Path state = tool().state();
      Measured measured =
          new Measured(
              SessionMetrics.of(
                  SessionsFinding.of(syscalls, state, socket),
                  RecordedSessions.find(state, new ArrayList<>()),
                  read,
                  readAudit()),
              Optional.ofNullable(file));
      if (file != null) {
        OutputFile.writeText(file, OutputFile.READABLE, true, text -> text.write(measured.text()));
      }
      return show(measured);
    }
  }

  private Optional<AuditResult> readAudit() throws IOException {
    try {
      return audit == null ? Optional.empty() : Optional.of(AuditResult.read(audit));
    } catch (NoSuchFileException notYet) {
      return Optional.empty();
    }
  }

  private List<ResultFile> readResults() throws IOException {
    List<ResultFile> read = new ArrayList<>();
    Set<List<String>> seen = new HashSet<>();
    for (Path each : results) {
      try {
        ResultFile result = ResultFile.read(each);
        if (!seen.add(List.of(result.verb(), result.session()))) {
          throw misused(
              "two files have the result of %s of session \"%s\""
                  .formatted(result.verb(), result.session()));
        }
        read.add(result);
      } catch (NoSuchFileException notYet) {
        // Nothing was restored since the host booted.
      }
    }
    return read;
  }

  private record Measured(List<Metric> metrics, Optional<Path> file) implements Finding {
    private String text() {
      StringBuilder text = new StringBuilder();
      metrics.forEach(metric -> metric.appendTo(text));
      return text.append("# EOF\n").toString();
    }

    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("file", file.orElse(null));
      document.put("metrics", metrics.stream().map(Metric::document).toList());
      return document;
    }

    @Override
    public void print(Console console) {
      if (file.isEmpty()) {
        console.lines(text());
      }
    }
  }
}
