package io.holdfast.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code verify}: whether everything is where it was. */
final class VerifyVerb extends Verb {
  private final SessionArgument session;
  private final HandOverArguments handOver;
  private final VfTokensArgument vfTokens;
  private final OptionSpec consume;
  private final OptionSpec hold;

  VerifyVerb() {
    super("verify");
    CommandSpec command = declared();
    command
        .usageMessage()
        .description(
            "Take a preserved session out of the kernel, re-create it, and compare every physical"
                + " address.",
            "A session can be taken out once: with --exec it is passed to COMMAND without FINISH;"
                + " with --consume it is lost.",
            "Where the plan is refused, nothing is taken out.")
        .footer(
            "  holdfast verify --session nic0 --exec -- /usr/sbin/nic-driver --quick",
            "  holdfast verify --session nic0 --consume");
    session = new SessionArgument(command);
    handOver = new HandOverArguments(command);
    vfTokens = new VfTokensArgument(command);
    consume =
        Declared.in(
            command,
            Declared.flag(
                "--consume", "Drop the session, with all memory in it, once it is verified."));
    hold = Declared.in(command, Declared.flag("--hold", HoldUntilEnd.DESCRIPTION));
  }

  @Override
  ExitCode run() {
    handOver.check(this);
    if (handOver.isExec() == Declared.isSet(consume)) {
      throw misused(
          "a session can be taken out of the kernel once: say either --exec -- COMMAND, which gets"
              + " it next, or --consume, which loses it");
    }
    try (Taken taken = Taken.of(this, session.name(), vfTokens.tokens(), Declared.isSet(hold))) {
      RestoreFinding finding =
          taken.restore(
              "verified",
              Declared.isSet(consume)
                  ? "The session was dropped, as --consume asks."
                  : "The session, not finished, goes to " + handOver.command().getFirst() + ".");
      if (Declared.isSet(consume)) {
        return show(finding);
      }
      taken.showBefore(finding);
      throw taken.handOver(handOver.command(), false);
    }
  }
}
