package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.doctor.HostDoctor;
import io.holdfast.journal.JournalContents;
import io.holdfast.linux.KhoDebugfs;
import io.holdfast.linux.SmallFiles;
import io.holdfast.serializer.Manifest;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.Request;
import io.holdfast.uapi.Requests;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code version}: which formats and which kernel interface this tool has. */
@Command(
    name = "version",
    description = {
      "Show the versions of the tool, its formats and the kernel interface it uses.",
      "With --json also every ioctl request by name and number. The hand-over format of the running"
          + " kernel is in debugfs, which only root can read."
    },
    footer = {
      "  holdfast version",
      "  holdfast version --json",
      "  holdfast version --schema > holdfast-output.schema.json"
    })
final class VersionVerb extends Verb {
  @Option(
      names = "--schema",
      description = "Print only the JSON schema of every document that --json prints.")
  private boolean schema;

  @Override
  ExitCode run() throws IOException {
    if (schema) {
      if (tool().isJson()) {
        throw misused("the schema is JSON already: leave --json out");
      }
      console().lines(Schema.text());
      return ExitCode.OK;
    }
    try (Host host = OpenHost.of(tool(), console())) {
      Syscalls syscalls = OpenHost.syscalls(host);
      return show(
          new Versions(
              Version.number(),
              Runtime.version().toString(),
              SmallFiles.readable(syscalls, "/proc/sys/kernel/osrelease"),
              KhoDebugfs.orchestrator(syscalls)));
    }
  }

  /**
   * The numbers.
   *
   * @param tool the tool's own
   * @param java the Java runtime's
   * @param kernelRelease the running kernel's, where it can be read
   * @param handOver the version of what that kernel hands over, such as {@code luo-v5}, where
   *     debugfs has it
   */
  private record Versions(
      String tool, String java, Optional<String> kernelRelease, Optional<String> handOver)
      implements Finding {
    @Override
    public Map<String, Object> document() {
      Map<String, Object> formats = new LinkedHashMap<>();
      formats.put("manifest", Manifest.format());
      formats.put("journal", JournalContents.NEWEST_FORMAT);
      formats.put("oldestJournal", JournalContents.OLDEST_FORMAT);
      formats.put("json", Schema.NAME);
      Map<String, Object> kernel = new LinkedHashMap<>();
      kernel.put("oldestRelease", HostDoctor.OLDEST_KERNEL);
      kernel.put("release", kernelRelease.orElse(null));
      kernel.put("handOver", handOver.orElse(null));
      kernel.put("requests", Requests.all().stream().map(Versions::document).toList());
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("version", tool);
      document.put("java", java);
      document.put("formats", formats);
      document.put("kernel", kernel);
      return document;
    }

    private static Map<String, Object> document(Request request) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("name", request.name());
      document.put("number", Words.hex(request.number()));
      return document;
    }

    @Override
    public void print(Console console) {
      String running =
          kernelRelease.map(release -> "Linux " + release).orElse("unknown")
              + handOver.map(version -> ", hands over " + version).orElse("");
      List<Integer> journals =
          List.of(JournalContents.OLDEST_FORMAT, JournalContents.NEWEST_FORMAT);
      new Table()
          .row("holdfast", tool)
          .row("Java", java)
          .row("manifest format", Manifest.format())
          .row("journal format", "%2$d, reads %1$d to %2$d".formatted(journals.toArray()))
          .row("JSON format", Schema.NAME)
          .row(
              "kernel interface",
              "Linux %s or newer, %s"
                  .formatted(
                      HostDoctor.OLDEST_KERNEL,
                      Words.count(Requests.all().size(), "ioctl request")))
          .row("running kernel", running)
          .printTo(console);
    }
  }
}
