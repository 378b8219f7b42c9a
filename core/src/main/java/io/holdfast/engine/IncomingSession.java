package io.holdfast.engine;

import io.holdfast.journal.JournalForeignException;
import io.holdfast.linux.Descriptor;
import io.holdfast.linux.HostFacts;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.model.KernelException;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.ManifestForeignException;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreReport;
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
import java.util.function.Supplier;

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
  private final String name;
  private final LuoSession luo;
  private final SessionOptions options;
  private Optional<InheritedSource> inherited;
  private List<StoredDescriptor> passedOn = List.of();
  private Optional<LeakWatch> watch = Optional.empty();
  private Optional<String> keptAs = Optional.empty();
  private Optional<PlannedRestore> planned = Optional.empty();
  private SessionState manifest;
  private LiveObjects live;

  private IncomingSession(
      HostProcess process,
      String name,
      LuoSession luo,
      SessionOptions options,
      Optional<InheritedSource> inherited) {
    this.process = process;
    this.syscalls = process.syscalls();
    this.name = name;
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
   *     by an exception, and returns the plan if it has made one
   */
  static Optional<IncomingSession> take(
      HostProcess process,
      String name,
      SessionOptions options,
      SessionStore store,
      Supplier<Optional<PlannedRestore>> beforeTaking) {
    Syscalls syscalls = process.syscalls();
    Optional<RetainedSessions.Retained> retained = process.retained().take(name);
    if (retained.isPresent()) {
      IncomingSession again =
          new IncomingSession(process, name, retained.get().luo(), options, Optional.empty());
      again.keptAs = retained.get().keptAs();
      return Optional.of(again);
    }
    Optional<IncomingSession> inherited = inherited(process, name, options);
    if (inherited.isPresent()) {
      return inherited;
    }
    Optional<OfferedSession> kept = KeptLiveUpdate.find(syscalls, name, store.offered());
    if (kept.isPresent()) {
      Optional<PlannedRestore> plan = beforeTaking.get();
      store.adopt(kept.get().descriptor());
      IncomingSession incoming =
          new IncomingSession(process, name, kept.get().luo(), options, Optional.empty());
      incoming.keptAs = kept.map(OfferedSession::storeName);
      incoming.planned = plan;
      return Optional.of(incoming);
    }
    if (!exists(syscalls, LiveUpdate.PATH)) {
      return Optional.empty();
    }
    Optional<PlannedRestore> plan = beforeTaking.get();
    Optional<IncomingSession> incoming =
        retrieve(syscalls, name, store)
            .map(luo -> new IncomingSession(process, name, luo, options, Optional.empty()));
    incoming.ifPresent(taken -> taken.planned = plan);
    return incoming;
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
              process, name, found.luo(), options, Optional.of(source).filter(it -> complete));
        });
  }

  /**
   * The session of this name from the kernel. Who may not ask the kernel is a service, which is
   * given what is its own.
   *
   * @throws KernelException it may not be asked, and nobody else gives sessions to this process
   */
  private static Optional<LuoSession> retrieve(Syscalls syscalls, String name, SessionStore store) {
    try (LiveUpdate liveUpdate = LiveUpdate.open(syscalls)) {
      return liveUpdate.retrieve(name);
    } catch (KernelException refused) {
      if (GivenSession.isForbidden(refused) && store.report().kind() == StoreReport.Kind.SYSTEMD) {
        return Optional.empty();
      }
      throw refused;
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
    watch = Optional.of(LeakWatch.of(this, "session \"" + name + "\", taken from the kernel"));
    return this;
  }

  /** What was sealed; read once from the memfd under token 0. */
  public SessionState manifest() {
    if (manifest == null) {
      manifest = process.manifests().decodeAndForget(KeptLiveUpdate.manifest(syscalls, luo));
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
    if (!state.name().equals(name) || !state.nameInKernel().equals(luo.name())) {
      throw new ManifestForeignException(
          "the manifest in the live update session \"%s\" is that of session \"%s\", handed over in \"%s\""
              .formatted(luo.name(), state.name(), state.nameInKernel()),
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
    PlannedRestore plan = plan();
    try (SessionSource source = source()) {
      RestoreExecutor executor = new RestoreExecutor(syscalls, plan, source, options.listener());
      LiveObjects objects = executor.execute();
      String reason =
          "every required buffer is where it was, in the kernel started after the live update";
      return new Restored(
          objects, executor.report(RestoreReport.Outcome.RESTORED, reason), plan.facts());
    }
  }

  /**
   * The plan that was made before it was taken, if the kernel holds what was planned with; it is
   * good for one try.
   */
  @SuppressWarnings("ReferenceEquality") // The same bytes are decoded once.
  private PlannedRestore plan() {
    Optional<PlannedRestore> once = planned.filter(plan -> plan.state() == manifest());
    planned = Optional.empty();
    return once.orElseGet(() -> PlannedRestore.of(syscalls, manifest(), options.vfTokens()::has));
  }

  /** What was inherited is there for one try; after that, everything is made anew. */
  private SessionSource source() {
    Optional<InheritedSource> once = inherited;
    inherited = Optional.empty();
    return once.isPresent()
        ? once.get()
        : new SessionSource.FromKernel(
            syscalls, luo, manifest().iommufdToken(), options.vfTokens());
  }

  /** Keeps the session open in this process for another try. */
  void retain() {
    watch.ifPresent(LeakWatch::close);
    new Closing()
        .step(() -> inherited.ifPresent(InheritedSource::close))
        .step(() -> process.retained().retain(name, luo, keptAs))
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
