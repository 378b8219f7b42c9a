package io.holdfast.engine;

import io.holdfast.journal.JournalContents;
import io.holdfast.linux.Descriptor;
import io.holdfast.linux.HostFacts;
import io.holdfast.model.SessionState;
import io.holdfast.session.NothingPreservedException;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionOptions;
import io.holdfast.sys.Syscalls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A session taken from the kernel by a program that is not its driver: to look at, to verify, to
 * pass on.
 *
 * <p>Reads the journal only to compare; writes nothing. Not thread-safe.
 */
public final class PreservedSession implements AutoCloseable {
  private final Syscalls syscalls;
  private final IncomingSession incoming;
  private final SessionOptions options;
  private final LeakWatch watch;
  private LiveObjects live;

  private PreservedSession(Syscalls syscalls, IncomingSession incoming, SessionOptions options) {
    this.syscalls = syscalls;
    this.incoming = incoming;
    this.options = options;
    this.watch =
        LeakWatch.of(this, "session \"" + incoming.luo().name() + "\", taken from the kernel");
  }

  /**
   * Takes the session of this name out of the kernel.
   *
   * @throws NothingPreservedException if the kernel holds none
   */
  public static PreservedSession take(
      HostProcess process, String name, Path stateDirectory, SessionOptions options) {
    Syscalls syscalls = process.syscalls();
    StateDirectory directory = StateDirectory.of(stateDirectory, name);
    List<String> notices = new ArrayList<>();
    Optional<JournalContents> journal = SessionJournal.read(directory, notices);
    Optional<IncomingSession> incoming = IncomingSession.take(process, name, options, () -> {});
    if (incoming.isEmpty()) {
      throw new NothingPreservedException(
          name,
          FreshStart.report(
              journal,
              notices,
              HostFacts.identity(syscalls),
              HostFacts.bootId(syscalls),
              syscalls));
    }
    PreservedSession session = new PreservedSession(syscalls, incoming.get(), options);
    boolean complete = false;
    try {
      incoming.get().checkOrigin(journal.map(contents -> contents.header().journal()));
      complete = true;
      return session;
    } finally {
      if (!complete) {
        session.watch.close();
        incoming.get().retain();
      }
    }
  }

  /** What was sealed. */
  public SessionState manifest() {
    return incoming.manifest();
  }

  /** Re-creates everything and verifies it; can be called again after it failed. */
  public RestoreReport restore() {
    if (live != null) {
      throw new IllegalStateException("the session is restored already");
    }
    IncomingSession.Restored restored = incoming.restore(options.listener());
    live = restored.live();
    return restored.report();
  }

  /** Tells the kernel that the session is complete. */
  public void finish() {
    incoming.luo().finish();
  }

  /**
   * Replaces this process by a command that inherits the session and, if wanted, everything
   * restored.
   */
  public void handOver(List<String> command, boolean everything) {
    if (everything && live == null) {
      throw new IllegalStateException("restore the session before handing everything over");
    }
    if (!everything && live != null) {
      live.close();
      live = null;
    }
    Map<String, Descriptor> announced =
        everything
            ? InheritedDescriptors.announce(incoming.luo(), live, manifest().devices())
            : Map.of(InheritedDescriptors.SESSION, incoming.luo());
    Handover.exec(syscalls, command, options.environment(), announced);
  }

  /** Closes everything; a session that was not finished is lost. */
  @Override
  public void close() {
    watch.close();
    if (live != null) {
      live.close();
      live = null;
    }
    incoming.luo().close();
  }
}
