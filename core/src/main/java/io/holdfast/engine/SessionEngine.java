package io.holdfast.engine;

import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.SealCancelled;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.MappingState;
import io.holdfast.model.Names;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A driver's session at work: makes kernel objects, records each in the journal, and hands all of
 * it to the kernel.
 *
 * <p>The engine behind the public {@code LiveSession}. Thread-safe: every change takes the engine's
 * lock, and is in the journal when the call returns.
 */
public final class SessionEngine implements AutoCloseable, HostProcess.Resident {
  private static final Logger LOG = LoggerFactory.getLogger(SessionEngine.class);

  private final StateDirectory directory;
  private final LiveObjects live;
  private final SessionJournal journal;
  private final SessionOrigin origin;
  private RestoreReport report;
  private final BufferFactory buffers;
  private final LeakWatch watch;
  private Sealer.Sealed sealed;
  private boolean closed;

  SessionEngine(
      StateDirectory directory,
      LiveObjects live,
      SessionJournal journal,
      SessionOrigin origin,
      RestoreReport report) {
    this.directory = directory;
    this.live = live;
    this.journal = journal;
    this.origin = origin;
    this.report = report;
    this.watch = LeakWatch.of(this, "session \"" + origin.name() + "\"");
    this.buffers = new BufferFactory(live, journal, origin.host().pageSizeBytes());
  }

  /** The session's name. */
  public String name() {
    return origin.name();
  }

  /** How the session began. */
  public synchronized RestoreReport report() {
    return report;
  }

  /** Adds to the report what the operator should know. */
  synchronized void notice(String text) {
    report = report.withNotice(text);
  }

  /** Everything recorded, as of now. */
  public synchronized SessionState state() {
    requireOpen();
    return sealed == null ? origin.state(live) : sealed.state();
  }

  /** Whether the session is handed to the kernel. */
  public synchronized boolean isPreserved() {
    return sealed != null;
  }

  /** The names of the IOASes. */
  public synchronized List<String> ioases() {
    return List.copyOf(live.ioases.keySet());
  }

  /** Makes an IOAS unless it is there, restored or made before. */
  public synchronized void ioas(String name) {
    requireOpen();
    Names.check("the name of an IOAS", name);
    if (!live.ioases.containsKey(name)) {
      requireUnsealed();
      LiveIoas ioas = new LiveIoas(name, live.iommufd.allocateIoas());
      try {
        journal.record(List.of(new IoasAdded(name)));
      } catch (RuntimeException e) {
        live.iommufd.destroy(ioas.id);
        throw e;
      }
      live.ioases.put(name, ioas);
    }
  }

  /** Binds and attaches a device unless it is there. */
  public synchronized LiveDevice bind(PciAddress address, String ioasName, Policy policy) {
    requireOpen();
    LiveIoas ioas = ioasOf(ioasName);
    LiveDevice present = live.devices.get(address);
    if (present != null) {
      if (!present.state().ioas().equals(ioasName)) {
        throw new SessionException(
            "device "
                + address
                + " is attached to IOAS \""
                + present.state().ioas()
                + "\", not to \""
                + ioasName
                + "\"",
            "close it first to attach it elsewhere");
      }
      return present;
    }
    requireUnsealed();
    PciSysfs pci = new PciSysfs(live.syscalls);
    if (!pci.exists(address)) {
      throw new DeviceUnavailableException(
          "there is no PCI device at " + address, "compare with: ls /sys/bus/pci/devices");
    }
    DeviceState state = new DeviceState(address, pci.identity(address), ioasName, policy);
    LiveDevice device = LiveDevice.bind(live.syscalls, live.iommufd, state);
    try {
      boolean pinsAnew = ioas.devices.isEmpty();
      device.attach(ioas);
      buffers.recordBound(state, ioas, pinsAnew);
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
    live.devices.put(address, device);
    return device;
  }

  /**
   * Gives a device back. When it was the last of its IOAS, the buffers there are not pinned any
   * more.
   */
  public synchronized void unbind(LiveDevice device) {
    if (closed || live.devices.get(device.address()) != device) {
      return;
    }
    requireUnsealed();
    LiveIoas ioas = live.ioases.get(device.state().ioas());
    device.close();
    live.devices.remove(device.address());
    if (ioas.devices.isEmpty()) {
      ioas.mappings.values().forEach(LiveMapping::invalidate);
    }
    journal.recordDone(new DeviceUnbound(device.address()));
  }

  /** A buffer of the session's own memory: the restored one, or a new one. */
  public synchronized LiveMapping buffer(
      String ioasName, String name, long lengthBytes, MapOptions options) {
    LiveIoas ioas = ioasOf(ioasName);
    long page = origin.host().pageSizeBytes();
    if (lengthBytes <= 0 || lengthBytes > Long.MAX_VALUE - page) {
      throw new IllegalArgumentException(
          "a buffer's length is at least 1 byte, not " + lengthBytes);
    }
    Optional<LiveMapping> present =
        present(ioas, name, Math.ceilDiv(lengthBytes, page) * page, options);
    if (present.isPresent()) {
      LiveFile file = present.get().file();
      requireSameMemory(
          present.get(),
          file != null && file.state().origin() == BackingFile.Origin.POOL,
          "memory of the session");
      return present.get();
    }
    requireMappable(ioas, name);
    return buffers.create(ioas, name, lengthBytes, options);
  }

  /** A memfd of the driver's, restored or adopted now; answers its token. */
  public synchronized long file(String name, IntSupplier memfd) {
    requireOpen();
    Names.check("the name of a file", name);
    Optional<LiveFile> present =
        live.files.values().stream()
            .filter(file -> file.state().name().equals(name))
            .filter(file -> file.state().origin() == BackingFile.Origin.CALLER)
            .findFirst();
    if (present.isPresent()) {
      return present.get().token();
    }
    requireUnsealed();
    if (live.files.values().stream().anyMatch(file -> file.state().name().equals(name))) {
      throw new SessionException(
          "the session has a memory pool named \"" + name + "\"", "choose another name");
    }
    return buffers.adopt(name, memfd).token();
  }

  /** The size of a file, in bytes. */
  public synchronized long fileSizeBytes(long token) {
    requireOpen();
    return live.files.get(token).state().sizeBytes();
  }

  /** A buffer that is a part of a memfd of the driver's: the restored one, or a new one. */
  public synchronized LiveMapping map(
      String ioasName,
      String name,
      long token,
      long offsetBytes,
      long lengthBytes,
      MapOptions options) {
    LiveIoas ioas = ioasOf(ioasName);
    Optional<LiveMapping> present = present(ioas, name, lengthBytes, options);
    if (present.isPresent()) {
      requireSameMemory(
          present.get(),
          present.get().state().backing().equals(new MappingState.File(token, offsetBytes)),
          "memfd \"%s\" at %d".formatted(live.files.get(token).state().name(), offsetBytes));
      return present.get();
    }
    requireMappable(ioas, name);
    return buffers.map(
        ioas, name, live.files.get(token), offsetBytes, lengthBytes, options, new ArrayList<>(1));
  }

  /** Memory of this process, which a live update does not preserve. */
  public synchronized LiveMapping mapAnonymous(
      String ioasName, String name, MemorySegment memory, MapOptions options) {
    LiveIoas ioas = ioasOf(ioasName);
    if (ioas.mappings.containsKey(name)) {
      throw new SessionException(
          "IOAS \"" + ioasName + "\" already has a buffer \"" + name + "\"", "choose another name");
    }
    requireMappable(ioas, name);
    return buffers.mapAnonymous(ioas, name, memory, options);
  }

  /** A buffer by its name. */
  public synchronized Optional<LiveMapping> find(String ioasName, String name) {
    return Optional.ofNullable(ioasOf(ioasName).mappings.get(name));
  }

  /** An IOAS's buffers, in the order they were made. */
  public synchronized List<LiveMapping> mappings(String ioasName) {
    return List.copyOf(ioasOf(ioasName).mappings.values());
  }

  /** Unmaps a buffer and frees its memory; a second time does nothing. */
  public synchronized void release(LiveMapping mapping) {
    if (closed || mapping.ioas().mappings.get(mapping.state().name()) != mapping) {
      return;
    }
    requireUnsealed();
    buffers.release(mapping);
  }

  /** Seals the session and hands it to the kernel. */
  public synchronized PreserveReport preserve(PreserveOptions options) {
    requireOpen();
    requireUnsealed();
    Sealer.Sealed fresh = new Sealer(live).seal(origin.state(live), options);
    boolean recorded = false;
    try {
      directory.writeManifest(fresh.manifest());
      journal.record(
          List.of(new JournalRecord.Sealed(fresh.state().sealedAt(), fresh.manifestSha256Bytes())));
      recorded = true;
      journal.sync();
      sealed = fresh;
    } finally {
      if (sealed == null) {
        giveUp(fresh, recorded);
      }
    }
    return new PreserveReport(
        fresh.state(), fresh.manifestSha256(), fresh.manifest().length, fresh.notices());
  }

  /** Undoes a seal that could not be completed; its own failure says less than the first one. */
  private void giveUp(Sealer.Sealed unfinished, boolean recorded) {
    unfinished.luo().close();
    try {
      if (recorded) {
        journal.recordDone(new SealCancelled());
      }
      directory.deleteManifest();
    } catch (HoldfastException e) {
      LOG.warn("session \"{}\": cannot undo a seal: {}", name(), e.getMessage());
    }
  }

  /**
   * Takes the session back from the kernel, so that it can record again; nothing to take back is
   * fine.
   */
  public synchronized void cancelPreserve() {
    requireOpen();
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
    sealed.luo().close();
    sealed = null;
    journal.recordDone(new SealCancelled());
    directory.deleteManifest();
  }

  private Optional<LiveMapping> present(
      LiveIoas ioas, String name, long lengthBytes, MapOptions options) {
    LiveMapping mapping = ioas.mappings.get(name);
    if (mapping == null) {
      return Optional.empty();
    }
    long recorded = mapping.iova().lengthBytes();
    if (recorded != lengthBytes) {
      throw new SessionException(
          "buffer \"%s\" of IOAS \"%s\" has %d bytes, not %d"
              .formatted(name, ioas.name, recorded, lengthBytes),
          "ask for the length it was made with, or close it and make another");
    }
    if (options.iova().isPresent() && options.iova().getAsLong() != mapping.iova().start()) {
      throw new SessionException(
          "buffer \"%s\" of IOAS \"%s\" is mapped at 0x%x, not at 0x%x"
              .formatted(name, ioas.name, mapping.iova().start(), options.iova().getAsLong()),
          "ask for the IOVA it was made with, or close it and make another");
    }
    return Optional.of(mapping);
  }

  /** A name stands for one piece of memory; the caller must mean the same. */
  private static void requireSameMemory(LiveMapping mapping, boolean same, String asked) {
    if (!same) {
      String is =
          switch (mapping.state().backing()) {
            case MappingState.File part ->
                "memfd \"%s\" at %d".formatted(mapping.file().state().name(), part.offsetBytes());
            case MappingState.Anonymous anonymous -> "memory of this process";
          };
      throw new SessionException(
          "buffer \"%s\" of IOAS \"%s\" is %s, not %s"
              .formatted(mapping.state().name(), mapping.ioas().name, is, asked),
          "ask for what it was made of, or close it and make another");
    }
  }

  private void requireMappable(LiveIoas ioas, String name) {
    requireUnsealed();
    Names.check("the name of a buffer", name);
    if (ioas.devices.isEmpty()) {
      throw new SessionException(
          "IOAS \""
              + ioas.name
              + "\" has no device, so buffer \""
              + name
              + "\" would not be pinned",
          "bind a device to the IOAS first");
    }
  }

  private LiveIoas ioasOf(String name) {
    requireOpen();
    LiveIoas ioas = live.ioases.get(name);
    if (ioas == null) {
      throw new IllegalArgumentException("session \"" + name() + "\" has no IOAS \"" + name + "\"");
    }
    return ioas;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("session \"" + name() + "\" is closed");
    }
  }

  private void requireUnsealed() {
    if (sealed != null) {
      throw new SessionException(
          "session \""
              + name()
              + "\" is sealed for a live update; what changed now would not be preserved",
          "call cancelPreserve() first, and preserve() again afterwards");
    }
  }

  /**
   * Ends the session as the death of its process does: the kernel has closed everything already,
   * and nothing more is written. What is left to do is to give up the journal's lock. For a
   * simulated process, which dies without its JVM.
   */
  @Override
  public synchronized void processDied() {
    if (!closed) {
      closed = true;
      watch.close();
      live.mappings().forEach(LiveMapping::invalidate);
      journal.close();
    }
  }

  /**
   * Ends the session: devices are given back, memory is freed, the journal is closed. A preserved
   * session is taken back from the kernel by this, as by the end of the process: to keep it over a
   * kexec, stay open until the kexec.
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      watch.close();
      try {
        if (sealed != null) {
          unseal();
        }
        journal.recordRest();
      } finally {
        try {
          live.close();
        } finally {
          journal.close();
        }
      }
    }
  }
}
