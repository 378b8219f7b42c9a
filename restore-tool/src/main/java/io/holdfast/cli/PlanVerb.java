package io.holdfast.cli;

import io.holdfast.Host;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code plan}: what a restore would do. */
@Command(
    name = "plan",
    description = {
      "Show what a restore would do on this host, and what would block it.",
      "Reads the manifest in the state directory; the session in the kernel is not touched."
    },
    footer = {"  holdfast plan --session nic0", "  holdfast plan --session nic0 --json"})
final class PlanVerb extends Verb {
  @Mixin private SessionArgument session;
  @Mixin private VfTokensArgument vfTokens;

  @Override
  ExitCode run() {
    try (Host host = OpenHost.of(tool(), console())) {
      return show(
          SealedSession.plan(
              host, SealedSession.require(tool().state(), session.name()), vfTokens.tokens()::has));
    }
  }
}
