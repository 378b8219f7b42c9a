package io.holdfast.engine;

import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.SealCancelled;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.DeviceState;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Names;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionException;
import io.holdfast.session.StoreReport;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
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
  private final StateDirectory directory;
  private final LiveObjects live;
  private final SessionJournal journal;
  private final SessionOrigin origin;
  private final BufferFactory factory;
  private final BufferRequests requests;
  private final LeakWatch watch;
  private final SessionPhase phase;
  private volatile RestoreReport report;
  private Sealer.Sealed sealed;

  /** Whether everything was left with the store when the session was closed. */
  private boolean left;

  SessionEngine(
      StateDirectory directory,
      LiveObjects live,
      SessionJournal journal,
      SessionOrigin origin,
      RestoreReport report,
      Optional<Sealer.Sealed> resumedSeal) {
    this.directory = directory;
    this.live = live;
    this.journal = journal;
    this.origin = origin;
    this.report = report;
    long pageBytes = origin.host().pageSizeBytes();
    this.phase = new SessionPhase(this, origin.name());
    this.factory = new BufferFactory(live, journal, pageBytes);
    this.requests = new BufferRequests(live, factory, pageBytes);
    this.watch = LeakWatch.of(this, "session \"" + origin.name() + "\"");
    resumedSeal.ifPresent(seal -> {
      sealed = seal;
      phase.resumeSealed();
    });
  }

  /** The session's name. */
  public String name() {
    return origin.name();
  }

  /** What keeps the session's descriptors over the end of this process, if anything does. */
  public StoreReport store() {
    return live.store.report();
  }

  /** Tells the service manager, where there is one, that the driver works. */
  public void ready() {
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
    return sealed == null ? origin.state(live) : sealed.state();
  }

  /** Whether the session is handed to the kernel. */
  public synchronized boolean isPreserved() {
    return sealed != null;
  }

  /** The IOASes, in the order they were made. */
  public synchronized List<LiveIoas> ioases() {
    return List.copyOf(live.ioases.values());
  }

  /** The devices, in the order they were bound. */
  public synchronized List<LiveDevice> devices() {
    return List.copyOf(live.devices.values());
  }

  /** Makes an IOAS unless it is there, restored or made before. */
  public synchronized LiveIoas ioas(String name) {
    phase.requireOpen();
    Names.check("the name of an IOAS", name);
    LiveIoas present = live.ioases.get(name);
    if (present != null) {
      return present;
    }
    phase.requireChangeable();
    LiveIoas ioas = live.ioas(name, live.iommufd.allocateIoas());
    try {
      journal.record(List.of(new IoasAdded(name, ioas.extensions())));
    } catch (RuntimeException | Error e) {
      Closing.undo(e, () -> live.iommufd.destroy(ioas.id));
      throw e;
    }
    live.ioases.put(name, ioas);
    return ioas;
  }

  /** Binds and attaches a device unless it is there. */
  public synchronized LiveDevice bind(PciAddress address, LiveIoas ioas, Policy policy) {
    requireOwn(ioas);
    LiveDevice present = live.devices.get(address);
    if (present != null) {
      requireBoundSo(present, ioas, policy);
      return present;
    }
    phase.requireChangeable();
    PciSysfs pci = new PciSysfs(live.syscalls);
    if (!pci.exists(address)) {
      throw new DeviceUnavailableException(
          "there is no PCI device at " + address, "compare with: ls /sys/bus/pci/devices");
    }
    DeviceState state = new DeviceState(address, pci.identity(address), ioas.name, policy);
    LiveDevice device = LiveDevice.bind(live.syscalls, live.iommufd, state);
    try {
      boolean pinsAnew = ioas.devices.isEmpty();
      device.attach(ioas);
      live.keep(device);
      factory.recordBound(state, ioas, pinsAnew);
    } catch (RuntimeException | Error e) {
      Closing.undo(e, () -> letGo(device));
      Closing.undo(e, device::close);
      throw e;
    }
    live.devices.put(address, device);
    return device;
  }

  private static void requireBoundSo(LiveDevice present, LiveIoas ioas, Policy policy) {
    DeviceState state = present.state();
    if (!state.ioas().equals(ioas.name)) {
      throw new SessionException(
          "device %s is attached to IOAS \"%s\", not to \"%s\""
              .formatted(present.address(), state.ioas(), ioas.name),
          "close it first to attach it elsewhere");
    }
    if (state.policy() != policy) {
      throw new SessionException(
          "device %s was bound as %s, not as %s"
              .formatted(present.address(), state.policy(), policy),
          "ask for it as it was bound, or close it and bind it again");
    }
  }

  /**
   * Gives a device back. When it was the last of its IOAS, the buffers there are not pinned any
   * more; a second time does nothing.
   */
  public synchronized void unbind(LiveDevice device) {
    if (phase.isClosed() || live.devices.get(device.address()) != device) {
      return;
    }
    phase.requireChangeable();
    LiveIoas ioas = live.ioases.get(device.state().ioas());
    device.stop();
    device.unmapRegions();
    if (ioas.devices.size() == 1) {
      ioas.mappings.values().forEach(LiveMapping::invalidate);
    }
    DeviceUnbound unbound = new DeviceUnbound(device.address());
    if (live.store.isKeeping()) {
      // What a store keeps is resumed as it is recorded: a device must not be missing, but one that
      // is not recorded any more is closed then.
      journal.record(List.of(unbound));
      letGo(device);
      device.close();
      live.devices.remove(device.address());
    } else {
      device.close();
      live.devices.remove(device.address());
      journal.recordDone(unbound);
    }
  }

  private void letGo(LiveDevice device) {
    live.store.remove(live.store.names().device(device.address()));
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
      try {
        phase.requireChangeable();
        if (requests.findFile(name).isPresent()) {
          throw new SessionException(
              "memfd \"" + name + "\" was made while its supplier ran", "make it in one place");
        }
      } catch (RuntimeException e) {
        if (live.files.values().stream().noneMatch(file -> file.memfd.isNumber(fd))) {
          live.syscalls.close(fd);
        }
        throw e;
      }
      return requests.adopt(name, fd);
    }
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

  /** Seals the session and hands it to the kernel; it can be looked at meanwhile, not changed. */
  public PreserveReport preserve(PreserveOptions options) {
    SessionState now;
    synchronized (this) {
      phase.beginSealing();
      now = origin.state(live);
    }
    Sealer.Sealed fresh = null;
    try {
      fresh = new Sealer(live).seal(now, options);
      record(fresh);
      return keep(fresh).report();
    } finally {
      synchronized (this) {
        phase.endSealing(sealed != null);
      }
    }
  }

  /** Gives the live update session to the store, so that this process may end before the kexec. */
  private synchronized Sealer.Sealed keep(Sealer.Sealed fresh) {
    SessionStore store = live.store;
    Optional<HoldfastException> failure =
        store.isKeeping() ? store.tryPut(store.names().luo(), fresh.luo()) : Optional.empty();
    if (failure.isEmpty()) {
      return fresh;
    }
    if (store.isRequired()) {
      Closing.undo(failure.get(), this::unseal);
      throw failure.get();
    }
    return fresh.with(
        "the descriptor store did not take the live update session, so this process must stay alive"
            + " until the kexec: "
            + failure.get().problem());
  }

  private void record(Sealer.Sealed fresh) {
    boolean recorded = false;
    try {
      directory.writeManifest(fresh.manifest());
      journal.record(List.of(fresh.record()));
      recorded = true;
      journal.sync();
      synchronized (this) {
        sealed = fresh;
      }
    } catch (RuntimeException | Error e) {
      boolean undoRecord = recorded;
      Closing.undo(e, fresh.luo()::close);
      Closing.undo(
          e,
          () -> {
            if (undoRecord) {
              journal.recordDone(new SealCancelled());
            }
            directory.deleteManifest();
          });
      throw e;
    }
  }

  /**
   * Takes the session back from the kernel, so that it can record again; nothing to take back is
   * fine.
   */
  public synchronized void cancelPreserve() {
    phase.awaitSealed();
    phase.requireOpen();
    if (sealed != null) {
      unseal();
      journal.sync();
    }
  }

  /**
   * Takes the session back from the kernel. What can fail comes last: whatever happens then, the
   * journal says that it is not sealed.
   */
  private void unseal() {
    live.store.remove(live.store.names().luo());
    sealed.luo().close();
    sealed = null;
    phase.unsealed();
    journal.recordDone(new SealCancelled());
    directory.deleteManifest();
  }

  /**
   * Ends the session as the death of its process does: the kernel has closed everything already,
   * and nothing more is written. What is left to do is to give up the journal's lock, and to forbid
   * what is left of its memory. For a simulated process, which dies without its JVM.
   */
  @Override
  public synchronized void processDied() {
    if (!phase.isClosed()) {
      phase.die();
      watch.close();
      new Closing().step(live::forget).step(journal::close).end();
    }
  }

  /**
   * Ends the session: devices are stopped and given back, memory is freed, the journal is closed. A
   * preserved session is taken back from the kernel by this, as by the end of the process: to keep
   * it over a kexec, stay open until the kexec.
   *
   * <p>Everything is closed though some of it fails; the first failure is thrown. What could not be
   * closed, such as memory that a native call of another thread uses, is closed by calling this
   * again.
   */
  @Override
  public synchronized void close() {
    phase.awaitSealed();
    if (phase.isClosed()) {
      if (left) {
        live.leave();
      } else if (!phase.isDead()) {
        live.close();
      }
      return;
    }
    phase.close();
    watch.close();
    Closing closing = new Closing();
    live.devices.values().forEach(device -> closing.step(device::stop));
    if (sealed != null) {
      closing.step(this::unseal);
    }
    if (live.store.isKeeping()) {
      // From here on there is nothing to resume, whatever the store still has.
      closing.step(() -> journal.record(List.of(origin.opened())));
    } else {
      closing.step(journal::recordRest);
    }
    closing.step(live::close).step(journal::close).step(live.store::close).end();
  }

  /**
   * Ends this process's use of the session and leaves everything with the store: nothing is
   * stopped, unmapped or taken back from the kernel. The next process resumes it.
   *
   * @throws SessionException if no store keeps the session
   */
  public synchronized void leave() {
    phase.awaitSealed();
    phase.requireOpen();
    if (!live.store.isKeeping()) {
      throw new SessionException(
          "session \"" + name() + "\" cannot be left, since nothing keeps it: " + store(),
          "run the driver under systemd with FileDescriptorStoreMax= or beside `holdfast hold`, or"
              + " close the session");
    }
    journal.sync();
    left = true;
    phase.close();
    watch.close();
    Closing closing = new Closing().step(live::leave);
    if (sealed != null) {
      closing.step(sealed.luo()::close);
    }
    closing.step(journal::close).step(live.store::close).end();
  }
}
