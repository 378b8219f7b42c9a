package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.Restore;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionOptions;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A session taken out of the kernel by a verb, on its way to be verified and passed on. Not
 * thread-safe.
 */
final class Taken implements AutoCloseable {
  private final Verb verb;
  private final Host host;
  private final Progress progress;
  private final Restore session;

  private Taken(Verb verb, Host host, Progress progress, Restore session) {
    this.verb = verb;
    this.host = host;
    this.progress = progress;
    this.session = session;
  }

  /**
   * Takes it, unless the manifest in the state directory already tells that restoring it would be
   * refused.
   */
  static Taken of(Verb verb, String name) {
    Host host = OpenHost.of(verb.tool(), verb.console());
    try {
      Path state = verb.tool().state();
      Optional<SessionState> sealed = SealedSession.find(state, name);
      if (sealed.isPresent()) {
        SealedSession.plan(host, sealed.get()).requireFeasible();
      }
      Progress progress = new Progress(verb.console());
      SessionOptions options = CallerEnvironment.options().withListener(progress);
      return new Taken(verb, host, progress, Restore.take(host, name, state, options));
    } catch (RuntimeException e) {
      host.close();
      throw e;
    }
  }

  /** Re-creates and verifies everything. */
  RestoreFinding restore(boolean hold, String afterwards) {
    RestoreReport report = hold ? HoldUntilEnd.retrying(verb.console(), this::attempt) : attempt();
    return new RestoreFinding(session.state().name(), report, afterwards);
  }

  private RestoreReport attempt() {
    try (progress) {
      return session.restore();
    }
  }

  /** Shows a finding where it does not get into the output of the command that comes next. */
  void showBefore(RestoreFinding finding) {
    verb.show(finding, verb.console().onErrorStream());
  }

  Restore session() {
    return session;
  }

  @Override
  public void close() {
    session.close();
    host.close();
  }
}
