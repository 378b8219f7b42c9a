package io.holdfast.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code verify}: whether everything is where it was. */
@Command(
    name = "verify",
    description = {
      "Take a preserved session out of the kernel, re-create it, and compare every physical"
          + " address.",
      "A session can be taken out once: with --exec it is passed to COMMAND without FINISH;"
          + " with --consume it is lost.",
      "Where the plan is refused, nothing is taken out."
    },
    footer = {
      "  holdfast verify --session nic0 --exec -- /usr/sbin/nic-driver --quick",
      "  holdfast verify --session nic0 --consume"
    })
final class VerifyVerb extends Verb {
  @Mixin private SessionArgument session;
  @Mixin private HandOverArguments handOver;
  @Mixin private VfTokensArgument vfTokens;

  @Option(
      names = "--consume",
      description = "Drop the session, with all memory in it, once it is verified.")
  private boolean consume;

  @Option(names = "--hold", description = HoldUntilEnd.DESCRIPTION)
  private boolean hold;

  @Override
  ExitCode run() {
    handOver.check(this);
    if (handOver.isExec() == consume) {
      throw misused(
          "a session can be taken out of the kernel once: say either --exec -- COMMAND, which gets"
              + " it next, or --consume, which loses it");
    }
    try (Taken taken = Taken.of(this, session.name(), vfTokens.tokens(), hold)) {
      RestoreFinding finding =
          taken.restore(
              "verified",
              consume
                  ? "The session was dropped, as --consume asks."
                  : "The session, not finished, goes to " + handOver.command().getFirst() + ".");
      if (consume) {
        return show(finding);
      }
      taken.showBefore(finding);
      throw taken.handOver(handOver.command(), false);
    }
  }
}
