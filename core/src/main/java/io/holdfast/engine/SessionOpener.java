package io.holdfast.engine;

import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.Restored;
import io.holdfast.linux.HostFacts;
import io.holdfast.linux.Iommufd;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.Names;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.Stage;
import io.holdfast.sys.Syscalls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Opens a session: restores it if the kernel holds it from before a kexec, else starts it fresh and
 * says why.
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
    this.process = process;
    this.syscalls = process.syscalls();
    this.name = Names.checkSession(name);
    this.directory = StateDirectory.prepare(process.disk(), stateDirectory, name);
    this.options = options;
  }

  /**
   * Opens the session.
   *
   * @throws RestoreException if the kernel holds the session but it cannot be restored as it was
   */
  public SessionEngine open() {
    SessionJournal journal = SessionJournal.lock(directory);
    boolean complete = false;
    try {
      Optional<IncomingSession> incoming =
          IncomingSession.take(process, name, options, () -> Preflight.check(syscalls, directory));
      SessionEngine engine =
          incoming.isPresent() ? restore(journal, incoming.get()) : start(journal);
      process.register(engine);
      complete = true;
      return engine;
    } finally {
      if (!complete) {
        journal.close();
      }
    }
  }

  private SessionEngine restore(SessionJournal journal, IncomingSession incoming) {
    LiveObjects live = null;
    boolean complete = false;
    try {
      incoming.checkOrigin(journal.previous().map(contents -> contents.header().journal()));
      IncomingSession.Restored restored = incoming.restore(options.listener());
      live = restored.live();
      SessionOrigin origin =
          SessionOrigin.next(
              incoming.manifest(), restored.facts().identity(), restored.facts().bootId());
      List<JournalRecord> records = new ArrayList<>();
      records.add(origin.opened());
      records.addAll(contents(live));
      records.add(new Restored(origin.generation(), origin.bootId()));
      journal.beginRestored(header(origin), records);
      options.listener().onProgress(Stage.HAND_OVER, name, 1, 1);
      SessionEngine engine = new SessionEngine(directory, live, journal, origin, restored.report());
      incoming.luo().finish();
      complete = true; // From here on the memory is the driver's, and nothing may take it away.
      incoming.luo().close();
      removeManifest(engine);
      tellFinished(engine);
      return engine;
    } finally {
      if (!complete) {
        if (live != null) {
          live.close();
        }
        incoming.retain();
      }
    }
  }

  /** The copy has done its duty; one that cannot be removed is worth a word, not a session. */
  private void removeManifest(SessionEngine engine) {
    try {
      directory.deleteManifest();
    } catch (SessionException e) {
      engine.notice(e.getMessage());
    }
  }

  private void tellFinished(SessionEngine engine) {
    try {
      options.listener().onProgress(Stage.FINISH, name, 1, 1);
    } catch (RuntimeException e) {
      engine.notice("the listener failed at the end of the restore: " + e);
    }
  }

  private SessionEngine start(SessionJournal journal) {
    HostIdentity host = HostFacts.identity(syscalls);
    UUID bootId = HostFacts.bootId(syscalls);
    RestoreReport report =
        FreshStart.report(journal.previous(), journal.notices(), host, bootId, syscalls);
    SessionOrigin origin = SessionOrigin.fresh(name, host, bootId);
    LiveObjects live = new LiveObjects(syscalls, Iommufd.open(syscalls));
    boolean complete = false;
    try {
      journal.begin(header(origin), List.of(origin.opened()));
      SessionEngine engine = new SessionEngine(directory, live, journal, origin, report);
      removeManifest(engine);
      complete = true;
      return engine;
    } finally {
      if (!complete) {
        live.close();
      }
    }
  }

  private static JournalHeader header(SessionOrigin origin) {
    return JournalHeader.ofThisProcess(
        origin.journal(), origin.name(), origin.host(), origin.bootId(), origin.generation());
  }

  private static List<JournalRecord> contents(LiveObjects live) {
    List<JournalRecord> records = new ArrayList<>();
    live.files.values().forEach(file -> records.add(new FileAdded(file.state())));
    for (LiveIoas ioas : live.ioases.values()) {
      records.add(new IoasAdded(ioas.name));
      ioas.mappings
          .values()
          .forEach(mapping -> records.add(new MappingAdded(ioas.name, mapping.state())));
    }
    live.devices.values().forEach(device -> records.add(new DeviceBound(device.state())));
    return records;
  }
}
