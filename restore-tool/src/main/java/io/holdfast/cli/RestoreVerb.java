package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.Restore;
import io.holdfast.Restore.LeftToStore;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.VfTokens;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code restore}: bring a session back. */
@Command(
    name = "restore",
    description = {
      "Take a preserved session out of the kernel, re-create it, compare every physical address,"
          + " and pass it on.",
      "It goes to the descriptor store, which is the holder's (holdfast hold) or, in a service that"
          + " has one, systemd's: the driver resumes it there. With --exec it goes to COMMAND,"
          + " which inherits the session, the iommufd with its mappings, devices and memfds. With"
          + " --consume it goes nowhere, and its memory is lost.",
      "Where the plan is refused or nobody would keep it, nothing is taken out.",
      "At boot, holdfast-restore@NAME.service runs this for session NAME before its driver starts."
    },
    footer = {
      "  holdfast restore --session nic0",
      "  holdfast restore --session nic0 --exec -- /usr/sbin/nic-driver --quick",
      "  holdfast restore --session nic0 --consume --json"
    })
final class RestoreVerb extends Verb {
  private static final String RESTORED = "restored";

  @Mixin private SessionArgument session;
  @Mixin private HandOverArguments handOver;
  @Mixin private VfTokensArgument vfTokens;

  @Option(
      names = "--store",
      description = "Leave it to the descriptor store; the default without another destination.")
  private boolean store;

  @Option(
      names = "--consume",
      description = "Finish the session once it is restored, and lose all memory in it.")
  private boolean consume;

  @Option(names = "--hold", description = HoldUntilEnd.DESCRIPTION)
  private boolean hold;

  @Override
  ExitCode run() {
    handOver.check(this);
    if ((handOver.isExec() ? 1 : 0) + (store ? 1 : 0) + (consume ? 1 : 0) > 1) {
      throw misused("a session goes to one place: --exec -- COMMAND, --store or --consume");
    }
    return handOver.isExec() || consume ? fromThisProcess() : toStore();
  }

  private ExitCode fromThisProcess() {
    try (Taken taken = Taken.of(this, session.name(), vfTokens.tokens(), hold)) {
      if (handOver.isExec()) {
        taken.showBefore(
            taken.restore(RESTORED, "Everything goes to " + handOver.command().getFirst() + "."));
        throw taken.handOver(handOver.command(), true);
      }
      RestoreFinding finding =
          taken.restore(
              RESTORED, "The session is finished; its memory is lost, as --consume asks.");
      taken.finish();
      return show(finding);
    }
  }

  private ExitCode toStore() {
    VfTokens tokens = vfTokens.tokens();
    try (Host host = OpenHost.of(tool(), console())) {
      SealedSession.find(host, tool().state(), session.name())
          .ifPresent(sealed -> SealedSession.plan(host, sealed, tokens::has).requireFeasible());
      return show(leave(host, tokens));
    }
  }

  private RestoreFinding leave(Host host, VfTokens tokens) {
    try (Progress progress = new Progress(console())) {
      SessionOptions options =
          CallerEnvironment.options().withListener(progress).withVfTokens(tokens);
      Supplier<LeftToStore> attempt =
          () -> Restore.toStore(host, session.name(), tool().state(), options);
      LeftToStore left =
          hold
              ? HoldUntilEnd.retrying(
                  console(), attempt, () -> Restore.isKept(host, session.name()))
              : attempt.get();
      return new RestoreFinding(
          RESTORED,
          session.name(),
          left.report(),
          progress.finished(),
          "It is left to the store (" + left.store().reason() + "): start its driver.");
    }
  }
}
