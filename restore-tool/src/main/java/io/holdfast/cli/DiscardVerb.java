package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.store.HeldSessions;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code discard}: give up what a holder keeps of a session. */
@Command(
    name = "discard",
    description = {
      "Have the holder close everything it keeps of a session. Its memory is freed, its devices are"
          + " reset, and what it had preserved for a kexec is lost.",
      "Refused while a process has the session open."
    },
    footer = {"  holdfast discard --session nic0 --yes"})
final class DiscardVerb extends Verb {
  @Mixin private SessionArgument session;

  @Option(
      names = "--yes",
      description = "Confirm: nothing of the session can be recovered afterwards.")
  private boolean yes;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The holder's socket. Default: as holdfast hold has it.")
  private String socket;

  @Override
  ExitCode run() {
    if (!yes) {
      throw misused(
          "discard loses the memory of session \"" + session.name() + "\": say --yes to do it");
    }
    try (Host host = OpenHost.of(tool(), console())) {
      String path =
          socket != null ? socket : HeldSessions.path(OpenHost.syscalls(host), System.getenv());
      try (HeldSessions held = HeldSessions.connect(OpenHost.syscalls(host), path)) {
        return show(new Discarded(session.name(), held.discard(session.name())));
      }
    }
  }

  private record Discarded(String session, int descriptors) implements Finding {
    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("session", session);
      document.put("descriptors", descriptors);
      return document;
    }

    @Override
    public void print(Console console) {
      console.line(
          "Session \"%s\": closed %s; its memory is given up."
              .formatted(session, Words.count(descriptors, "descriptor")));
    }
  }
}
