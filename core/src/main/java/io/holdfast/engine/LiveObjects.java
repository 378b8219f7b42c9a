package io.holdfast.engine;

import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.linux.IoasIovas;
import io.holdfast.linux.Iommufd;
import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.VfTokens;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The kernel objects of one session that exist now. Guarded by the session's lock. */
final class LiveObjects implements AutoCloseable {
  final Syscalls syscalls;
  final Iommufd iommufd;

  /** What virtual functions and their physical ones are opened with. */
  VfTokens vfTokens = VfTokens.none();

  /** What keeps all of it over the end of the process, if anything does. */
  SessionStore store;

  final Map<String, LiveIoas> ioases = new LinkedHashMap<>();
  final Map<PciAddress, LiveDevice> devices = new LinkedHashMap<>();
  final TreeMap<Long, LiveFile> files = new TreeMap<>();

  /** Unmapped buffers whose memory was in use when they were closed. */
  final List<LiveMapping> unfinished = new ArrayList<>();

  LiveObjects(Syscalls syscalls, Iommufd iommufd, SessionStore store) {
    this.syscalls = syscalls;
    this.iommufd = iommufd;
    this.store = store;
  }

  /** An IOAS of the iommufd, with its id where a store keeps the session. */
  LiveIoas ioas(String name, int id, IoasOptions options) {
    return new LiveIoas(
        name,
        id,
        options,
        store.isKeeping() ? KernelIds.ofIoas(Extensions.NONE, id) : Extensions.NONE);
  }

  /**
   * The physical extents of what is mapped at a range; none where the devices are behind an IOMMU,
   * as the kernel tells none there.
   */
  ExtentList extents(LiveIoas ioas, IovaRange range) {
    return ioas.isTranslated()
        ? ExtentList.EMPTY
        : iommufd.physicalExtents(ioas.id, range.start(), range.lengthBytes());
  }

  /** A new IOAS of the iommufd. */
  LiveIoas newIoas(String name, IoasOptions options) {
    LiveIoas ioas = ioas(name, iommufd.allocateIoas(), options);
    try (Undo undo = new Undo()) {
      undo.with(() -> iommufd.destroy(ioas.id));
      allow(ioas);
      undo.forget();
    }
    return ioas;
  }

  /** Has the kernel choose the IOVAs that an IOAS, made just now, is to have. */
  void allow(LiveIoas ioas) {
    if (!ioas.options().allowedIovas().isEmpty()) {
      IoasIovas.allow(iommufd, ioas.id, ioas.options().allowedIovas());
    }
  }

  /**
   * A memfd of the session, safe with the store where there is one. The memfd stays the caller's if
   * this fails.
   */
  LiveFile file(Memfd memfd, BackingFile state) {
    LiveFile file = new LiveFile(memfd, state);
    if (store.isKeeping()) {
      keep(file);
    }
    return file;
  }

  private void keep(LiveFile file) {
    file.identify();
    store.put(store.names().file(file.token()), file.memfd);
  }

  /** Gives everything to a store; from now on it keeps what is made, too. */
  void keepIn(SessionStore newStore) {
    store = newStore;
    if (store.isKeeping()) {
      store.put(store.names().iommufd(), iommufd);
      devices.values().forEach(this::keep);
      files.values().forEach(this::keep); // The same ones, since mappings refer to them.
      ioases.values().forEach(LiveIoas::identify);
    }
  }

  void keep(LiveDevice device) {
    if (store.isKeeping()) {
      device.identify();
    }
    store.put(store.names().device(device.address()), device.cdev());
  }

  /** A token no file has: tokens begin at 1, the manifest has 0. */
  long nextToken() {
    return files.isEmpty() ? 1 : files.lastKey() + 1;
  }

  Stream<LiveMapping> mappings() {
    return ioases.values().stream().flatMap(ioas -> ioas.mappings.values().stream());
  }

  /**
   * Unmaps what a restore must not hand out. What is not mapped is fine: the restore tool unmaps an
   * optional buffer that failed before it hands the others over.
   */
  void drop(LiveMapping mapping) {
    LiveIoas ioas = mapping.ioas();
    try {
      iommufd.unmap(ioas.id, mapping.iova().start(), mapping.iova().lengthBytes());
    } catch (KernelException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e; // It may be reached by a device, so nothing is handed out.
      }
    }
    mapping.close();
    ioas.mappings.remove(mapping.state().name());
  }

  /** Whether this very address space is one of the session's. */
  boolean owns(LiveIoas ioas) {
    return ioases.get(ioas.name) == ioas;
  }

  /** Whether this very file is one of the session's. */
  boolean owns(LiveFile file) {
    return files.get(file.token()) == file;
  }

  /** What a journal that begins now has to say of them. */
  List<JournalRecord> records() {
    List<JournalRecord> records = new ArrayList<>();
    files.values().forEach(file -> records.add(new FileAdded(file.state())));
    for (LiveIoas ioas : ioases.values()) {
      records.add(ioas.added());
      ioas.mappings
          .values()
          .forEach(mapping -> records.add(new MappingAdded(ioas.name, mapping.state())));
    }
    devices.values().forEach(device -> records.add(new DeviceBound(device.state())));
    return records;
  }

  /**
   * Closes everything that can be closed, and tells the first failure; what failed can be closed
   * again. First of all no device writes memory any more, whatever fails afterwards.
   */
  @Override
  public void close() {
    Closing closing = new Closing();
    devices.values().forEach(device -> closing.step(device.access()::stop));
    mappings().forEach(LiveMapping::invalidate);
    closing.step(store::removeObjects);
    devices.values().forEach(device -> closing.step(device::close));
    mappings().forEach(mapping -> closing.step(mapping::close));
    unfinished.forEach(mapping -> closing.step(mapping::close));
    closing.step(iommufd::close);
    files.values().forEach(file -> closing.step(file::close));
    closing.end();
  }

  /**
   * Closes this process's descriptors, and stops and unmaps nothing: what a store keeps goes on as
   * it is.
   */
  void leave() {
    Closing closing = new Closing();
    mappings().forEach(mapping -> closing.step(mapping::close));
    unfinished.forEach(mapping -> closing.step(mapping::close));
    devices.values().forEach(device -> closing.step(device::close));
    closing.step(iommufd::close);
    files.values().forEach(file -> closing.step(file::close));
    closing.end();
  }

  /** Ends the use of everything in this JVM: the process it was in has died. */
  void forget() {
    Closing closing = new Closing();
    mappings().forEach(mapping -> closing.step(mapping::forget));
    unfinished.forEach(mapping -> closing.step(mapping::forget));
    devices.values().forEach(device -> closing.step(device::forget));
    files.values().forEach(file -> closing.step(file::forget));
    closing.end();
  }
}
