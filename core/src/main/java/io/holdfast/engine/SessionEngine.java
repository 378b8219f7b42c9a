package io.holdfast.engine;

import io.holdfast.linux.IoasIovas;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.Names;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.LifecycleListener;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.session.ResetFunction;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionException;
import io.holdfast.session.StoreReport;
import io.holdfast.session.UsableIovas;
import io.holdfast.sys.Undo;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntSupplier;

/**
 * A driver's session at work: makes kernel objects, records each in the journal, and hands all of
 * it to the kernel.
 *
 * <p>The engine behind the public {@code LiveSession}. Thread-safe: every change takes the engine's
 * lock, and is in the journal when the call returns. Sealing and the driver's own suppliers run
 * without the lock, so that the session can be looked at meanwhile.
 */
public final class SessionEngine implements AutoCloseable, HostProcess.Resident {
  private final LiveObjects live;
  private final SessionJournal journal;
  private final SessionOrigin origin;
  private final BufferFactory factory;
  private final BufferRequests requests;
  private final StateRequests states;
  private final DeviceRequests bindings;
  private final PageTables pageTables;
  private final Preservation preservation;
  private final SessionEnding ending;
  private final SessionPhase phase;
  private final Lifecycle lifecycle = new Lifecycle();
  private volatile RestoreReport report;

  /** Whether the driver has said that it works with the session. */
  private boolean accepted;

  SessionEngine(
      StateDirectory directory,
      LiveObjects live,
      SessionJournal journal,
      SessionOrigin origin,
      RestoreReport report,
      Optional<Sealer.Sealed> resumedSeal) {
    this.live = live;
    this.journal = journal;
    this.origin = origin;
    this.report = report;
    long pageBytes = origin.host().pageSizeBytes();
    this.phase = new SessionPhase(this, origin.name());
    this.factory = new BufferFactory(live, journal, pageBytes);
    this.requests = new BufferRequests(live, factory, pageBytes);
    this.states = new StateRequests(live, factory, requests, pageBytes);
    this.bindings = new DeviceRequests(live, journal, factory);
    this.pageTables = new PageTables(journal);
    this.preservation =
        new Preservation(this, directory, live, journal, origin, phase, resumedSeal);
    LeakWatch watch = LeakWatch.of(this, "session \"" + origin.name() + "\"");
    this.ending = new SessionEnding(live, journal, origin, phase, preservation, watch);
  }

  /** The session's name. */
  public String name() {
    return origin.name();
  }

  /** What keeps the session's descriptors over the end of this process, if anything does. */
  public StoreReport store() {
    return live.store.report();
  }

  /**
   * Notes that the driver works with the session, and tells the service manager, where there is
   * one.
   */
  public void ready() {
    synchronized (this) {
      phase.requireOpen();
      accepted = true;
    }
    live.store.ready();
  }

  /** How the session began. */
  public RestoreReport report() {
    return report;
  }

  /** Adds to the report what the operator should know. */
  synchronized void notice(String text) {
    report = report.withNotice(text);
  }

  /** Everything recorded, as of now. */
  public synchronized SessionState state() {
    phase.requireOpen();
    return preservation.state();
  }

  /** Whether the session is handed to the kernel. */
  public synchronized boolean isPreserved() {
    return preservation.isSealed();
  }

  /** The IOASes, in the order they were made. */
  public synchronized List<LiveIoas> ioases() {
    return List.copyOf(live.ioases.values());
  }

  /** The devices, in the order they were bound. */
  public synchronized List<LiveDevice> devices() {
    return List.copyOf(live.devices.values());
  }

  /** An IOAS as it is, or a new one. */
  public synchronized LiveIoas ioas(String name) {
    phase.requireOpen();
    LiveIoas present = live.ioases.get(name);
    return present != null ? present : ioas(name, IoasOptions.defaults());
  }

  /** Makes an IOAS unless it is there, restored or made before. */
  public synchronized LiveIoas ioas(String name, IoasOptions options) {
    phase.requireOpen();
    Names.check("the name of an IOAS", name);
    LiveIoas present = live.ioases.get(name);
    if (present != null) {
      if (!present.options().isSameAs(options)) {
        throw new SessionException(
            "IOAS \"%s\" was made with the allowed IOVAs %s, not with %s"
                .formatted(name, present.options().allowedIovas(), options.allowedIovas()),
            "ask for it as it was made");
      }
      return present;
    }
    phase.requireChangeable();
    LiveIoas ioas = live.newIoas(name, options);
    try (Undo undo = new Undo()) {
      undo.with(() -> live.iommufd.destroy(ioas.id));
      journal.record(List.of(ioas.added()));
      undo.forget();
    }
    live.ioases.put(name, ioas);
    return ioas;
  }

  /** The IOVAs that an IOAS can map with the devices it has now. */
  public synchronized UsableIovas usableIovas(LiveIoas ioas) {
    requireOwn(ioas);
    IoasIovas found = IoasIovas.of(live.iommufd, ioas.id);
    return new UsableIovas(found.windows(), found.alignmentBytes());
  }

  /** Binds and attaches a device unless it is there. */
  public synchronized LiveDevice bind(PciAddress address, LiveIoas ioas, Policy policy) {
    requireOwn(ioas);
    Optional<LiveDevice> present = bindings.find(address, ioas, policy);
    if (present.isEmpty()) {
      phase.requireChangeable();
      return bindings.bind(address, ioas, policy);
    }
    return present.get();
  }

  /** The IOAS that a device is attached to. */
  public synchronized LiveIoas ioasOf(LiveDevice device) {
    phase.requireOpen();
    bindings.requireBound(device);
    return live.ioases.get(device.state().ioas());
  }

  /** Attaches a device to another IOAS of the session. */
  public synchronized void move(LiveDevice device, LiveIoas target) {
    requireOwn(target);
    bindings.requireBound(device);
    if (!device.state().ioas().equals(target.name)) {
      phase.requireChangeable();
      bindings.move(device, target);
    }
  }

  /** Attaches a device to its IOAS by a page table of its own, or by the one that is shared. */
  public synchronized void usePageTable(LiveDevice device, boolean own) {
    bindings.requireBound(device);
    if (device.state().ownPageTable() != own) {
      phase.requireChangeable();
      if (own) {
        pageTables.attachByOwn(device);
      } else {
        pageTables.attachByShared(device);
      }
    }
  }

  /** The NUMA node whose memory is nearest to a device. */
  public OptionalInt numaNode(LiveDevice device) {
    return new PciSysfs(live.syscalls).numaNode(device.address());
  }

  /** The functions that are reset when a device is reset with its slot. */
  public List<ResetFunction> resetFunctions(LiveDevice device) {
    return new SlotReset(live.syscalls, device).functions();
  }

  /** Resets a device with all functions of its slot. */
  public void hotReset(LiveDevice device) {
    new SlotReset(live.syscalls, device).reset();
  }

  /** Gives a device back; a second time does nothing. */
  public synchronized void unbind(LiveDevice device) {
    if (!phase.isClosed() && bindings.isBound(device)) {
      phase.requireChangeable();
      bindings.unbind(device);
    }
  }

  /** A buffer of the session's own memory: the restored one, or a new one. */
  public synchronized LiveMapping buffer(
      LiveIoas ioas, String name, long lengthBytes, MapOptions options) {
    requireOwn(ioas);
    Optional<LiveMapping> present = requests.findPooled(ioas, name, lengthBytes, options);
    if (present.isEmpty()) {
      phase.requireChangeable();
      return requests.makePooled(ioas, name, lengthBytes, options);
    }
    return present.get();
  }

  /**
   * A memfd of the driver's, restored or adopted now. The supplier runs without the session's lock,
   * and may use the session.
   */
  public LiveFile file(String name, IntSupplier memfd) {
    synchronized (this) {
      phase.requireOpen();
      Names.check("the name of a file", name);
      Optional<LiveFile> present = requests.findFile(name);
      if (present.isPresent()) {
        return present.get();
      }
      phase.requireChangeable();
    }
    int fd = memfd.getAsInt();
    synchronized (this) {
      try (Undo undo = new Undo()) {
        undo.with(() -> requests.refuse(fd));
        phase.requireChangeable();
        requests.requireNoFile(name);
        undo.forget();
      }
      return requests.adopt(name, fd);
    }
  }

  /** A driver's few bytes by their name: those of a former life, or none yet. */
  public synchronized StateFile state(String name, int capacityBytes) {
    phase.requireOpen();
    Names.check("the name of a state", name);
    Optional<StateFile> present = states.find(name, capacityBytes);
    if (present.isEmpty()) {
      phase.requireChangeable();
      return states.make(name, capacityBytes);
    }
    return present.get();
  }

  /** A buffer that is a part of a memfd of the driver's: the restored one, or a new one. */
  public synchronized LiveMapping map(
      LiveIoas ioas,
      String name,
      LiveFile file,
      long offsetBytes,
      long lengthBytes,
      MapOptions options) {
    requireOwn(ioas);
    Optional<LiveMapping> present =
        requests.findPart(ioas, name, file, offsetBytes, lengthBytes, options);
    if (present.isEmpty()) {
      phase.requireChangeable();
      return requests.makePart(ioas, name, file, offsetBytes, lengthBytes, options);
    }
    return present.get();
  }

  /** A buffer that is the memory of another one, mapped once more. */
  public synchronized LiveMapping copy(
      LiveIoas ioas, String name, LiveMapping source, MapOptions options) {
    requireOwn(ioas);
    Optional<LiveMapping> present = requests.findCopy(ioas, name, source, options);
    if (present.isEmpty()) {
      phase.requireChangeable();
      return requests.makeCopy(ioas, name, source, options);
    }
    return present.get();
  }

  /** Memory of this process, which a live update does not preserve. */
  public synchronized LiveMapping mapAnonymous(
      LiveIoas ioas, String name, MemorySegment memory, MapOptions options) {
    requireOwn(ioas);
    phase.requireChangeable();
    return requests.mapAnonymous(ioas, name, memory, options);
  }

  /** A buffer by its name. */
  public synchronized Optional<LiveMapping> find(LiveIoas ioas, String name) {
    requireOwn(ioas);
    return Optional.ofNullable(ioas.mappings.get(name));
  }

  /** An IOAS's buffers, in the order they were made. */
  public synchronized List<LiveMapping> mappings(LiveIoas ioas) {
    requireOwn(ioas);
    return List.copyOf(ioas.mappings.values());
  }

  /** Unmaps a buffer and frees its memory; a second time does nothing. */
  public synchronized void release(LiveMapping mapping) {
    if (!phase.isClosed() && factory.isReleasable(mapping)) {
      phase.requireChangeable();
      factory.release(mapping);
    }
  }

  /** Refuses a handle of another session, which may have an IOAS of the same name. */
  private void requireOwn(LiveIoas ioas) {
    phase.requireOpen();
    if (!live.owns(ioas)) {
      throw new SessionException(
          "IOAS \"" + ioas.name + "\" belongs to another session, not to \"" + name() + "\"",
          "use what ioas() of this session returned");
    }
  }

  /** Does now what would else be done by the first change after a restore; sealed is fine. */
  public synchronized void prepare() {
    phase.requireOpen();
    if (!preservation.isSealed()) {
      phase.requireChangeable();
      journal.prepare();
    }
  }

  /** Seals the session and hands it to the kernel; it can be looked at meanwhile, not changed. */
  public PreserveReport preserve(PreserveOptions options) {
    return lifecycle.preserving(this::requireChangeable, () -> preservation.preserve(options));
  }

  private synchronized void requireChangeable() {
    phase.awaitSealed();
    phase.requireChangeable();
  }

  /** Has somebody told what becomes of the session, from now on. */
  public void addListener(LifecycleListener listener) {
    lifecycle.add(listener);
  }

  /**
   * Takes the session back from the kernel, so that it can record again; nothing to take back is
   * fine.
   */
  public void cancelPreserve() {
    boolean cancelled;
    synchronized (this) {
      phase.awaitSealed();
      phase.requireOpen();
      cancelled = preservation.isSealed();
      preservation.cancel();
    }
    if (cancelled) {
      lifecycle.cancelled();
    }
  }

  /**
   * Ends the session as the death of its process does: the kernel has closed everything already,
   * and nothing more is written. What is left to do is to give up the journal's lock, and to forbid
   * what is left of its memory. For a simulated process, which dies without its JVM.
   */
  @Override
  public synchronized void processDied() {
    ending.processDied();
  }

  /**
   * Ends this process's use of the session. What was brought back and not accepted, or is
   * preserved, is left with the store, if there is one; anything else is given up.
   *
   * <p>Everything is closed though some of it fails; the first failure is thrown. What could not be
   * closed, such as memory that a native call of another thread uses, is closed by calling this
   * again.
   */
  @Override
  public synchronized void close() {
    phase.awaitSealed();
    if (isWorthKeeping()) {
      ending.leaveWhateverFails();
    } else {
      ending.close();
    }
  }

  private boolean isWorthKeeping() {
    return !phase.isClosed()
        && live.store.isKeeping()
        && (preservation.isSealed() || (report.isRestored() && !accepted));
  }

  /**
   * Gives the session up, whatever keeps it: devices are stopped and given back, memory is freed,
   * the journal is closed, a preserved session is taken back from the kernel. Fails and is repeated
   * as {@link #close}.
   */
  public synchronized void discard() {
    phase.awaitSealed();
    ending.close();
  }

  /**
   * Ends this process's use of the session and leaves everything with the store: nothing is
   * stopped, unmapped or taken back from the kernel. The next process resumes it.
   *
   * @throws SessionException if no store keeps the session
   */
  public void leave() {
    synchronized (this) {
      phase.awaitSealed();
      phase.requireOpen();
      ending.requireKeeping();
    }
    lifecycle.leaving();
    synchronized (this) {
      phase.awaitSealed();
      phase.requireOpen();
      ending.leave();
    }
  }

  /**
   * As {@link #leave}, for a process that does not go on with the session: where something fails,
   * this process's use of it ends all the same, and the failure is thrown.
   */
  public synchronized void leaveWhateverFails() {
    phase.requireOpen();
    ending.leaveWhateverFails();
  }
}
