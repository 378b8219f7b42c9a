package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.Restore;
import io.holdfast.Restore.LeftToStore;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.VfTokens;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code restore}: bring a session back. */
final class RestoreVerb extends Verb {
  private static final String RESTORED = "restored";

  private final SessionArgument session;
  private final HandOverArguments handOver;
  private final VfTokensArgument vfTokens;
  private final OptionSpec store;
  private final OptionSpec consume;
  private final OptionSpec hold;

  RestoreVerb() {
    super("restore");
    CommandSpec command = declared();
    command
        .usageMessage()
        .description(
            "Take a preserved session out of the kernel, re-create it, compare every physical"
                + " address, and pass it on.",
            "It goes to the descriptor store, which is the holder's (holdfast hold) or, in a"
                + " service that has one, systemd's: the driver resumes it there. With --exec it"
                + " goes to COMMAND, which inherits the session, the iommufd with its mappings,"
                + " devices and memfds. With --consume it goes nowhere, and its memory is lost.",
            "Where the plan is refused or nobody would keep it, nothing is taken out.",
            "At boot, holdfast-restore@NAME.service runs this for session NAME before its driver"
                + " starts.")
        .footer(
            "  holdfast restore --session nic0",
            "  holdfast restore --session nic0 --exec -- /usr/sbin/nic-driver --quick",
            "  holdfast restore --session nic0 --consume --json");
    session = new SessionArgument(command);
    handOver = new HandOverArguments(command);
    vfTokens = new VfTokensArgument(command);
    store =
        Declared.in(
            command,
            Declared.flag(
                "--store",
                "Leave it to the descriptor store; the default without another destination."));
    consume =
        Declared.in(
            command,
            Declared.flag(
                "--consume", "Finish the session once it is restored, and lose all memory in it."));
    hold = Declared.in(command, Declared.flag("--hold", HoldUntilEnd.DESCRIPTION));
  }

  @Override
  ExitCode run() {
    handOver.check(this);
    if ((handOver.isExec() ? 1 : 0)
            + (Declared.isSet(store) ? 1 : 0)
            + (Declared.isSet(consume) ? 1 : 0)
        > 1) {
      throw misused("a session goes to one place: --exec -- COMMAND, --store or --consume");
    }
    return handOver.isExec() || Declared.isSet(consume) ? fromThisProcess() : toStore();
  }

  private ExitCode fromThisProcess() {
    try (Taken taken = Taken.of(this, session.name(), vfTokens.tokens(), Declared.isSet(hold))) {
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
          Declared.isSet(hold)
              ? HoldUntilEnd.retrying(
                  console(), attempt, () -> Restore.isKept(host, session.name()))
              : attempt.get();
      return new RestoreFinding(
          RESTORED,
          session.name(),
          left.report(),
          progress.finished(),
          "It is left to the Declared.isSet(store) ("
              + left.store().reason()
              + "): start its driver.");
    }
  }
}
