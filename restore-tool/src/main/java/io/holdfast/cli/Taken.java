package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.Restore;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.VfTokens;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Undo;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A session taken out of the kernel by a verb, on its way to be verified and passed on. Not
 * thread-safe.
 */
final class Taken implements AutoCloseable {
  private final Verb verb;
  private final Host host;
  private final Progress progress;
  private final Restore session;
  private final boolean hold;

  private Taken(Verb verb, Host host, Progress progress, Restore session, boolean hold) {
    this.hold = hold;
    this.verb = verb;
    this.host = host;
    this.progress = progress;
    this.session = session;
  }

  /**
   * Takes it, unless the manifest in the state directory already tells that restoring it would be
   * refused.
   */
  static Taken of(Verb verb, String name, VfTokens tokens, boolean hold) {
    try (Undo undo = new Undo()) {
      Host host = undo.closes(OpenHost.of(verb.tool(), verb.console()));
      Path state = verb.tool().state();
      Optional<SessionState> sealed = SealedSession.find(host, state, name);
      if (sealed.isPresent()) {
        SealedSession.plan(host, sealed.get(), tokens::has).requireFeasible();
      }
      Progress progress = new Progress(verb.console());
      SessionOptions options =
          CallerEnvironment.options().withListener(progress).withVfTokens(tokens);
      Supplier<Restore> take = () -> Restore.take(host, name, state, options);
      Restore session =
          hold
              ? HoldUntilEnd.retrying(verb.console(), take, () -> Restore.isKept(host, name))
              : take.get();
      undo.forget();
      return new Taken(verb, host, progress, session, hold);
    }
  }

  /**
   * Re-creates and verifies everything.
   *
   * @param done what that is called, in a word
   * @param afterwards what becomes of it then, in a sentence
   */
  RestoreFinding restore(String done, String afterwards) {
    RestoreReport report = held(this::attempt);
    return new RestoreFinding(
        done, session.state().name(), report, progress.finished(), afterwards);
  }

  private RestoreReport attempt() {
    try (progress) {
      return session.restore();
    }
  }

  /**
   * Becomes a command that gets the session.
   *
   * @param everything whether it gets what was restored too
   */
  IllegalStateException handOver(List<String> command, boolean everything) {
    return held(() -> {
      if (everything) {
        session.handOver(command);
      } else {
        session.handOverSession(command);
      }
      return new IllegalStateException("a process that has become another came back");
    });
  }

  private <T> T held(Supplier<T> attempt) {
    return hold ? HoldUntilEnd.retrying(verb.console(), attempt, () -> true) : attempt.get();
  }

  /** Shows a finding where it does not get into the output of the command that comes next. */
  void showBefore(RestoreFinding finding) {
    verb.showNow(finding, verb.console().onErrorStream());
  }

  /** Tells the kernel that the session is complete. */
  void finish() {
    held(() -> {
      session.finish();
      return session;
    });
  }

  @Override
  public void close() {
    new Closing().step(session::close).step(host::close).end();
  }
}
