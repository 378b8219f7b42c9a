package io.holdfast;

import io.holdfast.engine.HostProcess;
import io.holdfast.engine.IncomingSession;
import io.holdfast.engine.SessionEngine;
import io.holdfast.engine.SessionOpener;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreReport;
import java.nio.file.Path;
import java.util.List;

/**
 * A preserved session that was restored and verified, to be finished or given to the driver: what
 * the restore tool does.
 *
 * <p>A driver that restores for itself uses {@link LiveSession#openOrRestore}. The session is not
 * finished until {@link #finish}, and is lost when it is closed or the process ends before; {@link
 * #handOver} passes it on. Not thread-safe.
 */
public final class Restore implements AutoCloseable {
  private final IncomingSession session;

  private Restore(IncomingSession session) {
    this.session = session;
  }

  /**
   * Takes a session out of the kernel without restoring it; only {@link #state} and {@link
   * #handOverSession} make sense then, until {@link #restore}.
   *
   * @throws io.holdfast.session.NothingPreservedException if the kernel holds no session of this
   *     name
   */
  public static Restore take(Host host, String name, Path stateDirectory, SessionOptions options) {
    return new Restore(SessionOpener.take(HostProcess.of(host), name, stateDirectory, options));
  }

  /**
   * Whether a session that {@link #take} took out of the kernel, but could not return, is kept in
   * this process for another try.
   */
  public static boolean isKept(Host host, String name) {
    return SessionOpener.isKept(HostProcess.of(host), name);
  }

  /**
   * Restores and verifies a session, finishes it, and leaves all of it to the descriptor store that
   * the options speak for: the driver's next {@link LiveSession#openOrRestore} resumes it. One that
   * a store keeps already is verified and left there.
   *
   * @return what became of each device and buffer, and which store has them
   * @throws io.holdfast.session.NothingPreservedException if there is nothing to restore
   * @throws io.holdfast.session.SessionException if there is no store; nothing is touched then
   * @throws io.holdfast.session.RestoreException if anything required is not what and where it was;
   *     the session stays open in this process, and this can be called again
   */
  public static LeftToStore toStore(
      Host host, String name, Path stateDirectory, SessionOptions options) {
    SessionEngine engine =
        new SessionOpener(HostProcess.of(host), name, stateDirectory, options.withStoreRequired())
            .openToLeave();
    LeftToStore left = new LeftToStore(engine.report(), engine.store());
    engine.leaveWhateverFails();
    return left;
  }

  /**
   * A session that was restored and left to a descriptor store.
   *
   * @param report what became of each device and buffer
   * @param store which store has them
   */
  public record LeftToStore(RestoreReport report, StoreReport store) {}

  /** What was sealed. */
  public SessionState state() {
    return session.manifest();
  }

  /**
   * Re-creates everything and verifies every extent.
   *
   * @throws io.holdfast.session.RestoreException if anything required is not what and where it was;
   *     the session stays open in this process, and this can be called again
   */
  public RestoreReport restore() {
    return session.restore();
  }

  /**
   * Tells the kernel that the session is complete; its memory then belongs to this process alone.
   */
  public void finish() {
    session.finish();
  }

  /**
   * Replaces this process by a command that inherits everything restored: the session, the iommufd
   * with its mappings, the devices and the memfds, announced by LISTEN_PID, LISTEN_FDS and
   * LISTEN_FDNAMES. Returns only by an exception, after which this process and everything in it is
   * as it was, and this can be called again.
   *
   * @param command an absolute path or a name to find on PATH, and its arguments
   */
  public void handOver(List<String> command) {
    session.handOver(command, true);
  }

  /** Replaces this process by a command that inherits the session only, to restore by itself. */
  public void handOverSession(List<String> command) {
    session.handOver(command, false);
  }

  /** Closes everything; a session that was not finished is lost. */
  @Override
  public void close() {
    session.close();
  }
}
