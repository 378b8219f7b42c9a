package io.holdfast.engine;

import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.Restored;
import io.holdfast.journal.PreviousJournal;
import io.holdfast.journal.StoreLoader;
import io.holdfast.linux.HostFacts;
import io.holdfast.linux.Iommufd;
import io.holdfast.linux.UndumpedMemory;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.Names;
import io.holdfast.session.NothingPreservedException;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.Stage;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Opens a session: restores it if the kernel holds it from before a kexec, else starts it fresh and
 * says why. The restore tool takes one in the same way, and leaves out what is the driver's.
 *
 * <p>The journal's lock is taken before the session is taken from the kernel, since that can be
 * done once only. The new journal is written before FINISH, so that everything up to then can be
 * tried again.
 */
public final class SessionOpener {
  private final HostProcess process;
  private final Syscalls syscalls;
  private final String name;
  private final StateDirectory directory;
  private final SessionOptions options;

  /** An opener for a session whose files live in {@code stateDirectory/name}. */
  public SessionOpener(
      HostProcess process, String name, Path stateDirectory, SessionOptions options) {
    this.process = mapping(process, options);
    this.syscalls = this.process.syscalls();
    this.name = Names.checkSession(name);
    this.directory = StateDirectory.prepare(process.disk(), stateDirectory, name);
    this.options = options;
  }

  /**
   * Takes a session out of the kernel for a program that is not its driver: the restore tool's way.
   * Reads the state directory only to compare.
   *
   * @throws NothingPreservedException if the kernel holds none
   */
  public static IncomingSession take(
      HostProcess caller, String name, Path stateDirectory, SessionOptions options) {
    HostProcess process = mapping(caller, options);
    Syscalls syscalls = process.syscalls();
    StateDirectory directory = StateDirectory.of(stateDirectory, name);
    PreviousJournal recorded = PreviousJournal.at(directory.disk(), directory.journal());
    Optional<UUID> journal = recorded.header().map(JournalHeader::journal);
    // Malformed, it is refused here, before anything is taken.
    List<StoredDescriptor> inherited = InheritedSession.open(syscalls, options.environment());
    IncomingSession incoming =
        IncomingSession.take(
                process,
                name,
                options,
                SessionStore.none(syscalls, name),
                () -> {
                  Preflight.checkJournal(process, directory, journal);
                  return Optional.empty();
                })
            .orElseThrow(() ->
                new NothingPreservedException(
                    name,
                    FreshStart.report(
                        recorded,
                        HostFacts.identity(syscalls),
                        HostFacts.bootId(syscalls),
                        syscalls)));
    try (Undo undo = new Undo()) {
      undo.with(incoming::retain);
      incoming.checkOrigin(journal);
      incoming.passOn(inherited);
      undo.forget();
      return incoming.watched();
    }
  }

  /** The process as it maps memory for a session with these options. */
  private static HostProcess mapping(HostProcess process, SessionOptions options) {
    return options.memoryLeftOutOfCoreDumps()
        ? process.calledBy(new UndumpedMemory(process.syscalls()))
        : process;
  }

  /** Whether this process has taken a session out of the kernel and keeps it for another try. */
  public static boolean isKept(HostProcess process, String name) {
    return process.retained().has(name);
  }

  /**
   * Opens the session: the driver's way. One whose process has died is resumed if a store has kept
   * its descriptors; else it is restored if the kernel holds it; else it starts fresh.
   *
   * @throws RestoreException if the session is there but cannot be brought back as it was; nothing
   *     is lost
   */
  public SessionEngine open() {
    SessionEngine engine = open(false);
    if (engine.report().isRestored()) {
      StoreLoader.loadLater();
    }
    return engine;
  }

  /**
   * Opens the session for somebody who leaves it to a store: only one that can be restored or
   * resumed, and only where a store keeps it. Otherwise nothing is touched.
   *
   * @throws NothingPreservedException if there is nothing to restore
   * @throws SessionException if nothing would keep it
   * @throws RestoreException as {@link #open}
   */
  public SessionEngine openToLeave() {
    return open(true);
  }

  private SessionEngine open(boolean toLeave) {
    try (Undo undo = new Undo()) {
      SessionJournal journal = undo.closes(SessionJournal.lock(directory));
      SessionStore store = undo.closes(SessionStore.open(process, name, options));
      if (toLeave && !store.isKeeping()) {
        throw new SessionException(
            "nothing would keep session \"" + name + "\" after this process: " + store.report(),
            "start holdfast hold first, and name its socket in HOLDFAST_HOLDER if it is not the"
                + " usual one; nothing was taken out of the kernel");
      }
      // What this process could not restore to the end the kernel has still.
      Optional<Resumption> resumption =
          process.retained().has(name)
              ? Optional.empty()
              : Resumption.of(
                  syscalls,
                  directory,
                  store,
                  options,
                  journal.previous(),
                  store.offered(),
                  HostFacts.bootId(syscalls));
      if (resumption.isPresent() && isVerified(resumption.get(), store, undo)) {
        return resume(journal, resumption.get(), undo);
      }
      Optional<IncomingSession> incoming =
          IncomingSession.take(
              process,
              name,
              options,
              store,
              () -> Preflight.check(process, directory, options.vfTokens()));
      if (incoming.isPresent()) {
        return restore(journal, store, incoming.get(), undo);
      }
      if (toLeave) {
        throw new NothingPreservedException(name, fresh(journal));
      }
      return start(journal, store, undo);
    }
  }

  /**
   * Whether everything is there to be resumed. What a restore has recorded, and has not finished,
   * need not be: the kernel has all of it still.
   *
   * @throws RestoreException if it is not, and cannot be restored either
   */
  private boolean isVerified(Resumption resumption, SessionStore store, Undo undo) {
    Undo own = new Undo();
    undo.with(own::close);
    try {
      resumption.verify(own);
      return true;
    } catch (RestoreException refused) {
      if (KeptLiveUpdate.find(syscalls, name, store.offered()).isEmpty()) {
        throw refused;
      }
      own.close();
      return false;
    }
  }

  private RestoreReport fresh(SessionJournal journal) {
    return FreshStart.report(
        journal.previous(), HostFacts.identity(syscalls), HostFacts.bootId(syscalls), syscalls);
  }

  private SessionEngine resume(SessionJournal journal, Resumption resumption, Undo undo) {
    Optional<Sealer.Sealed> seal = resumption.seal();
    SessionOrigin origin = resumption.origin();
    List<JournalRecord> records = new ArrayList<>();
    records.add(origin.opened());
    records.addAll(resumption.records(seal));
    journal.beginRestored(origin.header(), records);
    // From here on the journal is this process's, and what the store has is too.
    resumption.settle(seal);
    SessionEngine engine =
        begin(journal, resumption.live(), origin, resumption.report(), seal, undo);
    if (seal.isEmpty()) {
      removeManifest(engine);
    }
    return engine;
  }

  private SessionEngine restore(
      SessionJournal journal, SessionStore store, IncomingSession incoming, Undo undo) {
    undo.with(incoming::retain);
    incoming.checkOrigin(journal.previous().header().map(JournalHeader::journal));
    store.keepOnly(incoming.luo(), incoming.keptAs(), store.offered());
    IncomingSession.Restored restored = incoming.bringBack();
    LiveObjects live = undo.closes(restored.live());
    live.keepIn(store);
    SessionOrigin origin =
        SessionOrigin.next(
            incoming.manifest(), restored.facts().identity(), restored.facts().bootId());
    List<JournalRecord> records = new ArrayList<>();
    records.add(origin.opened());
    records.addAll(live.records());
    records.add(new Restored(origin.generation(), origin.bootId()));
    journal.beginRestored(origin.header(), records);
    options.listener().onProgress(Stage.HAND_OVER, name, 1, 1);
    incoming.luo().finish();
    // From here on the memory is the driver's, and nothing may take it away.
    SessionEngine engine = begin(journal, live, origin, restored.report(), Optional.empty(), undo);
    letGo(incoming, store, engine);
    removeManifest(engine);
    tellFinished(engine);
    return engine;
  }

  /** Nothing can fail any more that would be a reason to undo what was done. */
  private SessionEngine begin(
      SessionJournal journal,
      LiveObjects live,
      SessionOrigin origin,
      RestoreReport report,
      Optional<Sealer.Sealed> seal,
      Undo undo) {
    live.vfTokens = options.vfTokens();
    SessionEngine engine = new SessionEngine(directory, live, journal, origin, report, seal);
    process.register(engine, journal);
    undo.forget();
    live.store.tell(engine::notice);
    return engine;
  }

  /** A session that has been restored cannot be used again, so nobody is to be given it again. */
  private static void letGo(IncomingSession incoming, SessionStore store, SessionEngine engine) {
    try {
      store.remove(store.names().luo());
    } catch (HoldfastException e) {
      engine.notice("the store still has the live update session: " + e.problem());
    }
    incoming.luo().close();
  }

  /** The copy has done its duty; one that cannot be removed is worth a word, not a session. */
  private void removeManifest(SessionEngine engine) {
    try {
      directory.deleteManifest();
    } catch (HoldfastException e) {
      engine.notice(e.getMessage());
    }
  }

  /** Whatever a listener throws now, an Error too, the session is restored and the caller's. */
  private void tellFinished(SessionEngine engine) {
    try {
      options.listener().onProgress(Stage.FINISH, name, 1, 1);
    } catch (Throwable e) {
      engine.notice("the listener failed at the end of the restore: " + e);
    }
  }

  private SessionEngine start(SessionJournal journal, SessionStore store, Undo undo) {
    List<StoredDescriptor> offered = store.offered();
    FreshStart.requireJournal(directory, name, journal, store, offered);
    HostIdentity host = HostFacts.identity(syscalls);
    UUID bootId = HostFacts.bootId(syscalls);
    RestoreReport report = FreshStart.report(journal.previous(), host, bootId, syscalls);
    SessionOrigin origin = SessionOrigin.fresh(name, host, bootId);
    LiveObjects live = undo.closes(new LiveObjects(syscalls, Iommufd.open(syscalls), store));
    // First: a kexec in between would bring a live update session that no journal knows.
    store.startAfresh(offered);
    journal.begin(origin.header(), List.of(origin.opened()));
    store.put(store.names().iommufd(), live.iommufd);
    SessionEngine engine = begin(journal, live, origin, report, Optional.empty(), undo);
    removeManifest(engine);
    return engine;
  }
}
