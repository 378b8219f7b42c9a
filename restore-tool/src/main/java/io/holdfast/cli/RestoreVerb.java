package io.holdfast.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code restore}: bring a session back. */
@Command(
    name = "restore",
    description = {
      "Take a preserved session out of the kernel, re-create it, and compare every physical"
          + " address.",
      "With --exec everything goes on to COMMAND: the session, the iommufd with its mappings,"
          + " devices and memfds. Without it the session is finished and its memory given up, which"
          + " proves that a restore works.",
      "Where the plan is refused, nothing is taken out."
    },
    footer = {
      "  holdfast restore --session nic0 --exec -- /usr/sbin/nic-driver --config /etc/nic.conf",
      "  holdfast restore --session nic0 --json"
    })
final class RestoreVerb extends Verb {
  @Mixin private SessionArgument session;
  @Mixin private HandOverArguments handOver;

  @Option(names = "--hold", description = HoldUntilEnd.DESCRIPTION)
  private boolean hold;

  @Override
  ExitCode run() {
    handOver.check(this);
    try (Taken taken = Taken.of(this, session.name(), hold)) {
      if (handOver.isExec()) {
        taken.showBefore(
            taken.restore("Everything goes to " + handOver.command().getFirst() + "."));
        throw taken.handOver(handOver.command(), true);
      }
      RestoreFinding finding =
          taken.restore(
              "The session is finished; its memory was given up with the end of this tool.");
      taken.finish();
      return show(finding);
    }
  }
}
