package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.Restore;
import io.holdfast.engine.StateDirectory;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code inspect}: what a journal, a manifest or a state directory says. */
@Command(
    name = "inspect",
    description = {
      "Show what a journal, a manifest or a state directory holds. Nothing is changed.",
      "A file that is damaged is shown as far as it is whole, with exit code 5.",
      "With --session: the manifest in the state directory. The session in the kernel can be taken"
          + " out only once, and what is in it is lost when it is closed; it is looked at only with"
          + " --exec, which passes it on, or --consume."
    },
    footer = {
      "  holdfast inspect /var/lib/holdfast",
      "  holdfast inspect --follow /var/lib/holdfast/nic0",
      "  holdfast inspect --extents /var/lib/holdfast/nic0/manifest",
      "  holdfast inspect --session nic0 --json",
      "  holdfast inspect --session nic0 --exec -- /usr/sbin/nic-driver"
    })
final class InspectVerb extends Verb {
  @Mixin private InspectArguments arguments;

  @Override
  ExitCode run() throws Exception {
    arguments.check(this);
    if (arguments.isFollow()) {
      return new Following(this).follow(arguments.path());
    }
    if (!arguments.session().isPresent()) {
      return show(read(arguments.path()));
    }
    String session = arguments.session().get();
    if (arguments.isExec() || arguments.isConsume()) {
      return showFromKernel(session);
    }
    return show(
        StateDirectory.of(tool().state(), session)
            .readManifest()
            .map(bytes -> fromStateDirectory(session, bytes))
            .orElseThrow(() -> SealedSession.missing(tool().state(), session)));
  }

  private Finding read(Path path) throws IOException {
    boolean everyExtent = arguments.isEveryExtent();
    return Files.isDirectory(path)
        ? StateFinding.of(path, everyExtent)
        : InspectedFile.read(path, everyExtent);
  }

  private ManifestFinding fromStateDirectory(String session, byte[] bytes) {
    console()
        .message(
            "this is the manifest in the state directory; the session in the kernel, which can be"
                + " retrieved once, was not touched");
    return ManifestFinding.of(
        StateDirectory.of(tool().state(), session).manifest().toString(),
        bytes,
        Optional.empty(),
        arguments.isEveryExtent());
  }

  private ExitCode showFromKernel(String name) {
    try (Host host = OpenHost.of(tool(), console());
        Restore session = Restore.take(host, name, tool().state(), CallerEnvironment.options())) {
      ManifestFinding finding =
          ManifestFinding.of(
              "session \"" + name + "\" in the kernel",
              Manifest.encode(session.state()),
              Optional.empty(),
              arguments.isEveryExtent());
      if (arguments.isConsume()) {
        return show(finding);
      }
      showNow(finding, console().onErrorStream());
      session.handOverSession(arguments.command());
      throw new IllegalStateException("a process that has become another came back");
    }
  }
}
