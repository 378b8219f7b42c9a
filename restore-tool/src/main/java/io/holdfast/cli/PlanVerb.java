package io.holdfast.cli;

import io.holdfast.Host;
import picocli.CommandLine.Model.CommandSpec;

/** {@code plan}: what a restore would do. */
final class PlanVerb extends Verb {
  private final SessionArgument session;
  private final VfTokensArgument vfTokens;

  PlanVerb() {
    super("plan");
    CommandSpec command = declared();
    command
        .usageMessage()
        .description(
            "Show what a restore would do on this host, and what would block it.",
            "Reads the manifest in the state directory; the session in the kernel is not touched.")
        .footer("  holdfast plan --session nic0", "  holdfast plan --session nic0 --json");
    session = new SessionArgument(command);
    vfTokens = new VfTokensArgument(command);
  }

  @Override
  ExitCode run() {
    try (Host host = OpenHost.of(tool(), console())) {
      return show(
          SealedSession.plan(
              host, SealedSession.require(tool().state(), session.name()), vfTokens.tokens()::has));
    }
  }
}
