package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.sys.Syscalls;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sessions}: who holds what on this host. */
@Command(
    name = "sessions",
    description = {
      "Show the sessions of this host, and which process and unit keeps each of them. Nothing is"
          + " taken or changed.",
      "States: recording (its driver runs), kept (a store has its descriptors, no driver runs),"
          + " sealed (ready for a kexec), taken (retrieved from the kernel), in-kernel (sealed in"
          + " an earlier boot: it waits in the kernel if that boot ended by kexec -s), lost (nobody"
          + " keeps it).",
      "Needs root to see other users' processes."
    },
    footer = {"  holdfast sessions", "  holdfast sessions --watch", "  holdfast sessions --json"})
final class SessionsVerb extends Verb {
  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The holder's socket. Default: as holdfast hold has it.")
  private String socket;

  @Option(
      names = "--watch",
      description = {
        "Show them again each time something has changed, until interrupted or until the output"
            + " cannot be written. With --json, one document a line."
      })
  private boolean watch;

  @Override
  ExitCode run() throws InterruptedException {
    try (Host host = OpenHost.of(tool(), console())) {
      Syscalls syscalls = OpenHost.syscalls(host);
      SessionsFinding found = SessionsFinding.of(syscalls, tool().state(), socket);
      if (!watch) {
        return show(found);
      }
      picture(found);
      while (console().lostOutput().isEmpty()) {
        TimeUnit.SECONDS.sleep(1);
        SessionsFinding now = SessionsFinding.of(syscalls, tool().state(), socket);
        if (!now.equals(found)) {
          found = now;
          if (!tool().isJson()) {
            console().blank();
          }
          picture(found);
        }
      }
      return ExitCode.OK;
    }
  }

  private void picture(SessionsFinding found) {
    if (tool().isJson()) {
      console().documentLine(name(), found.document());
    } else {
      showNow(found, console());
    }
  }
}
