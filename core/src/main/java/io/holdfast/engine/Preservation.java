package io.holdfast.engine;

import io.holdfast.journal.JournalRecord.SealCancelled;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.SessionState;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.sys.Undo;
import java.util.List;
import java.util.Optional;

/**
 * A session's way into the kernel and back: seals it, records that it is sealed, and takes it back
 * so that it can be changed again.
 *
 * <p>Guarded by the session's lock, which {@link #preserve} takes itself and gives up while it
 * reads all memory.
 */
final class Preservation {
  private final Object lock;
  private final StateDirectory directory;
  private final LiveObjects live;
  private final SessionJournal journal;
  private final SessionOrigin origin;
  private final SessionPhase phase;
  private Sealer.Sealed sealed;

  /**
   * The way of one session.
   *
   * @param resumed what the last process has preserved
   */
  Preservation(
      Object lock,
      StateDirectory directory,
      LiveObjects live,
      SessionJournal journal,
      SessionOrigin origin,
      SessionPhase phase,
      Optional<Sealer.Sealed> resumed) {
    this.lock = lock;
    this.directory = directory;
    this.live = live;
    this.journal = journal;
    this.origin = origin;
    this.phase = phase;
    resumed.ifPresent(seal -> {
      sealed = seal;
      phase.resumeSealed();
    });
  }

  /** Whether the kernel has the session. */
  boolean isSealed() {
    return sealed != null;
  }

  /** Everything recorded: as it was sealed, or as it is now. */
  SessionState state() {
    return sealed == null ? origin.state(live) : sealed.state();
  }

  /** Seals the session and hands it to the kernel; it can be looked at meanwhile, not changed. */
  PreserveReport preserve(PreserveOptions options) {
    SessionState now;
    synchronized (lock) {
      phase.beginSealing();
      now = origin.state(live);
    }
    try {
      Sealer.Sealed fresh = new Sealer(live).seal(now, options);
      record(fresh);
      synchronized (lock) {
        return keep(fresh).report();
      }
    } finally {
      synchronized (lock) {
        phase.endSealing(sealed != null);
      }
    }
  }

  private void record(Sealer.Sealed fresh) {
    try (Undo undo = new Undo()) {
      undo.with(directory::deleteManifest);
      undo.closes(fresh.luo());
      // One that was given is the store's already.
      undo.with(() -> live.store.remove(live.store.names().luo()));
      directory.writeManifest(fresh.manifest());
      journal.record(List.of(fresh.record()));
      undo.with(() -> journal.recordDone(new SealCancelled()));
      journal.sync();
      synchronized (lock) {
        sealed = fresh;
      }
      undo.forget();
    }
  }

  /** Gives the live update session to the store, so that this process may end before the kexec. */
  private Sealer.Sealed keep(Sealer.Sealed fresh) {
    SessionStore store = live.store;
    Optional<HoldfastException> failure =
        store.isKeeping() && !store.keeps(store.names().luo())
            ? store.tryPut(store.names().luo(), fresh.luo())
            : Optional.empty();
    if (failure.isEmpty()) {
      return fresh;
    }
    if (store.isRequired()) {
      try (Undo undo = new Undo()) {
        undo.with(this::unseal);
        throw failure.get();
      }
    }
    return fresh.with(
        "the descriptor store did not take the live update session, so this process must stay alive"
            + " until the kexec: "
            + failure.get().problem());
  }

  /** Takes the session back, and makes that survive a kexec; nothing to take back is fine. */
  void cancel() {
    if (sealed != null) {
      unseal();
      journal.sync();
    }
  }

  /**
   * Takes the session back from the kernel. What can fail comes last: whatever happens then, the
   * journal says that it is not sealed.
   */
  void unseal() {
    live.store.remove(live.store.names().luo());
    sealed.luo().close();
    sealed = null;
    phase.unsealed();
    journal.recordDone(new SealCancelled());
    directory.deleteManifest();
  }

  /** Closes this process's descriptor of the live update session, which a store keeps. */
  void leave() {
    if (sealed != null) {
      sealed.luo().close();
    }
  }
}
