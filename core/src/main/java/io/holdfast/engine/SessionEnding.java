package io.holdfast.engine;

import io.holdfast.session.SessionException;
import io.holdfast.sys.Closing;
import java.util.List;

/**
 * How a session ends: it is closed, left with the store that keeps it, or ends with its process.
 *
 * <p>Everything is closed though some of it fails; the first failure is thrown. What could not be
 * closed is closed by asking again. Guarded by the session's lock.
 */
final class SessionEnding {
  private final LiveObjects live;
  private final SessionJournal journal;
  private final SessionOrigin origin;
  private final SessionPhase phase;
  private final Preservation preservation;
  private final LeakWatch watch;

  /** Whether everything was left with the store when the session was closed. */
  private boolean left;

  SessionEnding(
      LiveObjects live,
      SessionJournal journal,
      SessionOrigin origin,
      SessionPhase phase,
      Preservation preservation,
      LeakWatch watch) {
    this.live = live;
    this.journal = journal;
    this.origin = origin;
    this.phase = phase;
    this.preservation = preservation;
    this.watch = watch;
  }

  /** Gives the journal up and forbids what is left of the session's memory; writes nothing. */
  void processDied() {
    if (!phase.isClosed()) {
      phase.die();
      watch.close();
      new Closing().step(live::forget).step(journal::processDied).end();
    }
  }

  /** Gives everything back; devices are stopped before anything else. */
  void close() {
    if (phase.isClosed()) {
      closeRest();
      return;
    }
    phase.close();
    watch.close();
    Closing closing = new Closing();
    live.devices.values().forEach(device -> closing.step(device.access()::stop));
    if (preservation.isSealed()) {
      closing.step(preservation::unseal);
    }
    if (live.store.mayHaveAPart()) {
      // From here on there is nothing to resume, whatever the store still has.
      closing.step(() -> journal.record(List.of(origin.opened())));
    } else {
      closing.step(journal::recordRest);
    }
    closing.step(live::close).step(journal::close).step(live.store::close).end();
  }

  private void closeRest() {
    if (left) {
      live.leave();
    } else if (!phase.isDead()) {
      live.close();
    }
  }

  /** Closes this process's descriptors; the store has everything. A refusal changes nothing. */
  void leave() {
    requireKeeping();
    journal.sync();
    endUse(new Closing());
  }

  /** As {@link #leave}, but of what fails the rest is done all the same. */
  void leaveWhateverFails() {
    requireKeeping();
    endUse(new Closing().step(journal::sync));
  }

  void requireKeeping() {
    if (!live.store.isKeeping()) {
      throw new SessionException(
          "session \""
              + origin.name()
              + "\" cannot be left, since nothing keeps it: "
              + live.store.report(),
          "run the driver under systemd with FileDescriptorStoreMax= or beside `holdfast hold`, or"
              + " close the session");
    }
  }

  private void endUse(Closing closing) {
    left = true;
    phase.close();
    watch.close();
    closing
        .step(live::leave)
        .step(preservation::leave)
        .step(journal::close)
        .step(live.store::close)
        .end();
  }
}
