package io.holdfast.engine;

import io.holdfast.journal.JournalForeignException;
import io.holdfast.linux.Descriptor;
import io.holdfast.linux.DescriptorKind;
import io.holdfast.linux.HostFacts;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import io.holdfast.model.KernelException;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import io.holdfast.serializer.ManifestForeignException;
import io.holdfast.serializer.ManifestTooLargeException;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionOptions;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A session of the previous kernel that this process has taken and not finished yet: to restore, to
 * finish, or to pass on.
 *
 * <p>What it holds is lost when it is closed, so the opener closes it only on purpose: a failed
 * restore retains it for another try. The restore tool has it through {@code Restore}. Not
 * thread-safe.
 */
public final class IncomingSession implements AutoCloseable {
  private final HostProcess process;
  private final Syscalls syscalls;
  private final LuoSession luo;
  private final SessionOptions options;
  private Optional<InheritedSource> inherited;
  private List<StoredDescriptor> passedOn = List.of();
  private Optional<LeakWatch> watch = Optional.empty();
  private Optional<String> keptAs = Optional.empty();
  private SessionState manifest;
  private LiveObjects live;

  private IncomingSession(
      HostProcess process,
      LuoSession luo,
      SessionOptions options,
      Optional<InheritedSource> inherited) {
    this.process = process;
    this.syscalls = process.syscalls();
    this.luo = luo;
    this.options = options;
    this.inherited = inherited;
  }

  /**
   * Takes the session of this name: retained from a failed try, inherited, kept by a store, or from
   * the kernel.
   *
   * @param store whose live update session is taken, whatever its name there
   * @param beforeTaking run before it is taken from the kernel, where it is still safe; may refuse
   *     by an exception
   */
  static Optional<IncomingSession> take(
      HostProcess process,
      String name,
      SessionOptions options,
      SessionStore store,
      Runnable beforeTaking) {
    Syscalls syscalls = process.syscalls();
    Optional<LuoSession> retained = process.retained().take(name);
    if (retained.isPresent()) {
      return retained.map(luo -> new IncomingSession(process, luo, options, Optional.empty()));
    }
    Optional<IncomingSession> inherited = inherited(process, name, options);
    if (inherited.isPresent()) {
      return inherited;
    }
    Optional<StoredDescriptor> kept = kept(process, name, store);
    if (kept.isPresent()) {
      beforeTaking.run();
      store.adopt(kept.get());
      IncomingSession incoming =
          new IncomingSession(
              process, new LuoSession(syscalls, kept.get().fd(), name), options, Optional.empty());
      incoming.keptAs = kept.map(StoredDescriptor::name);
      return Optional.of(incoming);
    }
    if (!exists(syscalls, LiveUpdate.PATH)) {
      return Optional.empty();
    }
    beforeTaking.run();
    try (LiveUpdate liveUpdate = LiveUpdate.open(syscalls)) {
      return liveUpdate
          .retrieve(name)
          .map(luo -> new IncomingSession(process, luo, options, Optional.empty()));
    }
  }

  /** The session that this process was started with, if it is the one asked for. */
  private static Optional<IncomingSession> inherited(
      HostProcess process, String name, SessionOptions options) {
    return InheritedSession.find(process, name, options)
        .map(found -> {
          InheritedSource source =
              InheritedSource.adopt(process.syscalls(), found.luo(), found.descriptors());
          boolean complete = found.descriptors().isComplete();
          if (!complete) {
            source.close();
          }
          return new IncomingSession(
              process, found.luo(), options, Optional.of(source).filter(it -> complete));
        });
  }

  /** The session of this name that a store offers, if it can still be restored. */
  private static Optional<StoredDescriptor> kept(
      HostProcess process, String name, SessionStore store) {
    Syscalls syscalls = process.syscalls();
    return unused(process, store).stream()
        .filter(each -> DescriptorKind.of(syscalls, each.fd()) == DescriptorKind.LUO_SESSION)
        .filter(each -> isWaiting(LuoSession.adopt(syscalls, each.fd()), name, syscalls))
        .findFirst();
  }

  /** What a store offers, but for what the restore tool has handed over, which is used up. */
  static List<StoredDescriptor> unused(HostProcess process, SessionStore store) {
    Set<Integer> usedUp = process.retained().usedUp();
    return store.offered().stream().filter(each -> !usedUp.contains(each.fd())).toList();
  }

  /**
   * A finished session knows no manifest any more, and one for the next kernel gives nothing back.
   */
  private static boolean isWaiting(LuoSession session, String name, Syscalls syscalls) {
    if (!session.name().equals(name)) {
      return false;
    }
    try {
      syscalls.close(session.retrieve(Sealer.MANIFEST_TOKEN));
      return true;
    } catch (KernelException e) {
      if (e.errno() == Errno.EINVAL || e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  private static boolean exists(Syscalls syscalls, String path) {
    try (Arena arena = Arena.ofConfined()) {
      int answer =
          syscalls.statx(
              0,
              path,
              0,
              StatUapi.STATX_BASIC_STATS,
              arena.allocate(StatUapi.statx.LAYOUT.size(), 8));
      return answer != -Errno.ENOENT;
    }
  }

  LuoSession luo() {
    return luo;
  }

  /** The name that a store has it under, if it came from there. */
  Optional<String> keptAs() {
    return keptAs;
  }

  /** Warns if nobody closes it. */
  IncomingSession watched() {
    watch =
        Optional.of(LeakWatch.of(this, "session \"" + luo.name() + "\", taken from the kernel"));
    return this;
  }

  /** What was sealed; read once from the memfd under token 0. */
  public SessionState manifest() {
    if (manifest == null) {
      try (Memfd memfd = new Memfd(syscalls, luo.retrieve(Sealer.MANIFEST_TOKEN), "manifest")) {
        long sizeBytes = memfd.sizeBytes();
        if (sizeBytes <= 0 || sizeBytes > Manifest.MAX_BYTES) {
          throw new ManifestTooLargeException(
              "the manifest in live update session \"" + luo.name() + "\"", sizeBytes);
        }
        try (MappedMemory memory = memfd.map(0, sizeBytes)) {
          manifest = Manifest.decode(memory.segment());
        }
      }
    }
    return manifest;
  }

  /**
   * Checks that the manifest belongs to this session and to what this host has recorded.
   *
   * @param journal the id of the journal in the state directory, if there is one
   */
  void checkOrigin(Optional<UUID> journal) {
    SessionState state = manifest();
    if (!state.name().equals(luo.name())) {
      throw new ManifestForeignException(
          "the manifest in the live update session \""
              + luo.name()
              + "\" is that of session \""
              + state.name()
              + "\"",
          "restore it under the name that it was preserved under");
    }
    if (journal.isPresent() && !journal.get().equals(state.journal())) {
      throw JournalForeignException.ofAnotherSession(journal.get(), state.journal());
    }
  }

  /** What a restore brought back. */
  record Restored(LiveObjects live, RestoreReport report, HostFacts facts) {}

  /** Restores and verifies everything, and returns the objects together with the report. */
  Restored bringBack() {
    PlannedRestore planned = PlannedRestore.of(syscalls, manifest());
    try (SessionSource source = source()) {
      RestoreExecutor executor = new RestoreExecutor(syscalls, planned, source, options.listener());
      LiveObjects objects = executor.execute();
      String reason =
          "every required buffer is where it was, in the kernel started after the live update";
      return new Restored(
          objects, executor.report(RestoreReport.Outcome.RESTORED, reason), planned.facts());
    }
  }

  /** What was inherited is there for one try; after that, everything is made anew. */
  private SessionSource source() {
    Optional<InheritedSource> once = inherited;
    inherited = Optional.empty();
    return once.isPresent()
        ? once.get()
        : new SessionSource.FromKernel(syscalls, luo, manifest().iommufdToken());
  }

  /** Keeps the session open in this process for another try. */
  void retain() {
    watch.ifPresent(LeakWatch::close);
    new Closing()
        .step(() -> inherited.ifPresent(InheritedSource::close))
        .step(() -> process.retained().retain(luo))
        .end();
  }

  /** Re-creates everything and verifies it; can be called again after it failed. */
  public RestoreReport restore() {
    if (live != null) {
      throw new IllegalStateException("the session is restored already");
    }
    Restored restored = bringBack();
    live = restored.live();
    return restored.report();
  }

  /** Tells the kernel that the session is complete. */
  public void finish() {
    luo.finish();
  }

  /**
   * Lets a command inherit, beside this session, what this process was started with and does not
   * use itself.
   */
  void passOn(List<StoredDescriptor> inherited) {
    passedOn = List.copyOf(inherited);
  }

  /**
   * Replaces this process by a command that inherits the session and, if wanted, everything
   * restored. If that fails, all of it is as it was.
   */
  public void handOver(List<String> command, boolean everything) {
    if (everything && live == null) {
      throw new IllegalStateException("restore the session before handing everything over");
    }
    Set<Integer> usedUp = process.retained().usedUp();
    List<Announced> announced = new ArrayList<>();
    for (StoredDescriptor each : passedOn) {
      if (!usedUp.contains(each.fd())) {
        announced.add(new Announced(each.name(), new Descriptor(syscalls, each.fd(), each.name())));
      }
    }
    announced.addAll(
        everything
            ? InheritedDescriptors.announce(luo, live, manifest().devices())
            : List.of(new Announced(InheritedDescriptors.SESSION, luo)));
    Handover.exec(syscalls, command, options.environment(), announced);
  }

  /** Closes everything; a session that was not finished is lost. */
  @Override
  public void close() {
    watch.ifPresent(LeakWatch::close);
    LiveObjects objects = live;
    live = null;
    Closing closing = new Closing();
    if (objects != null) {
      closing.step(objects::close);
    }
    closing.step(() -> inherited.ifPresent(InheritedSource::close)).step(luo::close).end();
  }
}
