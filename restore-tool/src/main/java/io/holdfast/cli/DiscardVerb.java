package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.store.HeldSessions;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code discard}: give up what a holder keeps of a session. */
final class DiscardVerb extends Verb {
  private final SessionArgument session;
  private final OptionSpec yes;
  private final OptionSpec socket;

  DiscardVerb() {
    super("discard");
    CommandSpec command = declared();
    command
        .usageMessage()
        .description(
            "Have the holder close everything it keeps of a session. Its memory is freed, its"
                + " devices are reset, and what it had preserved for a kexec is lost.",
            "Refused while a process has the session open.")
        .footer("  holdfast discard --session nic0 --yes");
    session = new SessionArgument(command);
    yes =
        Declared.in(
            command,
            Declared.flag("--yes", "Confirm: nothing of the session can be recovered afterwards."));
    socket =
        Declared.in(
            command,
            OptionSpec.builder("--socket")
                .type(String.class)
                .paramLabel("PATH")
                .description("The holder's socket. Default: as holdfast hold has it."));
  }

  @Override
  ExitCode run() {
    if (!Declared.isSet(yes)) {
      throw misused(
          "discard loses the memory of session \"" + session.name() + "\": say --yes to do it");
    }
    try (Host host = OpenHost.of(tool(), console())) {
      String path =
          socket.getValue() != null
              ? socket.getValue()
              : HeldSessions.path(OpenHost.syscalls(host), System.getenv());
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
