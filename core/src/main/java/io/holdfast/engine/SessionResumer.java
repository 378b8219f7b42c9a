package io.holdfast.engine;

import io.holdfast.linux.IoasIovas;
import io.holdfast.linux.Iommufd;
import io.holdfast.linux.Memfd;
import io.holdfast.linux.VfioCdev;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.KernelException;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.Stage;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Goes on with a session whose process has died and whose descriptors a store has kept.
 *
 * <p>First everything is found and verified: {@link StoredObjects} says which descriptor is what,
 * every recorded mapping must have its physical addresses and be a mapping of its file. Until then
 * nothing is adopted, closed, unmapped or reset, so that a refusal loses nothing. A device that was
 * a bus master goes on writing all the while. Used once, by one thread.
 */
final class SessionResumer {
  private final Syscalls syscalls;
  private final SessionState recorded;
  private final SessionStore store;
  private final SessionOptions options;
  private final StoredObjects objects;

  SessionResumer(
      Syscalls syscalls,
      SessionState recorded,
      SessionStore store,
      List<StoredDescriptor> offered,
      SessionOptions options) {
    this.syscalls = syscalls;
    this.recorded = recorded;
    this.store = store;
    this.options = options;
    this.objects = new StoredObjects(syscalls, recorded, store.names(), offered);
  }

  /** Which descriptor is what, once they have been found. */
  StoredObjects objects() {
    return objects;
  }

  /**
   * Finds and verifies everything; what is returned uses descriptors that are still the store's.
   *
   * <p>A session without a device goes on with another iommufd, since nothing proves which one was
   * its own. The ended process's memory was mapped in that one only, so that it is not in what is
   * returned.
   *
   * @param sealed what the kernel calls the live update session, if the session is preserved
   * @param undo is given what is this process's own already
   * @throws io.holdfast.model.HoldfastException if anything is not as it was recorded
   */
  LiveObjects resume(Optional<String> sealed, Undo undo) {
    objects.match(sealed);
    objects.leftovers(); // Refuses what lies.
    Optional<StoredDescriptor> kept = objects.find(store.names().iommufd());
    Iommufd iommufd =
        kept.isPresent()
            ? new Iommufd(syscalls, kept.get().fd())
            : undo.closes(Iommufd.open(syscalls));
    LiveObjects live = new LiveObjects(syscalls, iommufd, store);
    recorded.ioases().forEach(ioas -> addIoas(live, ioas, kept.isPresent()));
    recorded.devices().forEach(device -> addDevice(live, device));
    recorded.files().forEach(file -> addFile(live, file));
    int done = 0;
    int total = recorded.ioases().stream().mapToInt(ioas -> ioas.mappings().size()).sum();
    for (IoasState ioas : recorded.ioases()) {
      LiveIoas target = live.ioases.get(ioas.name());
      for (MappingState mapping : ioas.mappings()) {
        if (kept.isPresent() || mapping.backing() instanceof MappingState.File) {
          target.mappings.put(mapping.name(), verified(live, target, mapping));
        }
        options.listener().onProgress(Stage.VERIFY, mapping.name(), ++done, total);
      }
      if (!target.devices.isEmpty() && (target.mappings.isEmpty() || target.isTranslated())) {
        requireAttached(live, target);
      }
    }
    return live;
  }

  private void addIoas(LiveObjects live, IoasState state, boolean kept) {
    IoasOptions made = new IoasOptions(state.allowedIovas());
    if (kept) {
      int id =
          KernelIds.ioas(state.extensions())
              .orElseThrow(() -> refusal("no id is recorded of IOAS \"" + state.name() + "\""));
      if (!live.iommufd.hasIoas(id)) {
        throw refusal("the iommufd has no IOAS %d, \"%s\"".formatted(id, state.name()));
      }
      if (live.ioases.values().stream().anyMatch(ioas -> ioas.id == id)) {
        throw refusal("two IOASes are recorded with id " + id);
      }
      live.ioases.put(state.name(), live.ioas(state.name(), id, made));
    } else {
      live.ioases.put(state.name(), live.newIoas(state.name(), made));
    }
  }

  private void addDevice(LiveObjects live, DeviceState state) {
    StoredDescriptor kept = objects.find(store.names().device(state.address())).orElseThrow();
    LiveDevice device =
        new LiveDevice(
            state,
            new VfioCdev(syscalls, kept.fd(), "kept device " + state.address()),
            live.iommufd,
            KernelIds.device(state.extensions()));
    device.adopt(live.ioases.get(state.ioas()));
    if (!device.hasRecordedPageTable()) {
      throw refusal(
          "device %s cannot be attached by its page table, of which id %d is recorded"
              .formatted(state.address(), device.ids().pageTable()));
    }
    live.devices.put(state.address(), device);
  }

  private void addFile(LiveObjects live, BackingFile state) {
    StoredDescriptor kept = objects.find(store.names().file(state.token())).orElseThrow();
    Memfd memfd = new Memfd(syscalls, kept.fd(), state.name());
    memfd.requirePreservable();
    long sizeBytes = memfd.sizeBytes();
    // An earlier version's pool, which is not sealed, grew before that was recorded.
    boolean grown = state.origin() == BackingFile.Origin.POOL && sizeBytes > state.sizeBytes();
    if (sizeBytes != state.sizeBytes() && !grown) {
      throw refusal(
          "memfd \"%s\" has %d bytes, but had %d when it was recorded"
              .formatted(state.name(), sizeBytes, state.sizeBytes()));
    }
    live.files.put(state.token(), new LiveFile(memfd, state).withSize(sizeBytes));
  }

  private LiveMapping verified(LiveObjects live, LiveIoas ioas, MappingState state) {
    LiveMapping mapping =
        switch (state.backing()) {
          case MappingState.File part -> {
            LiveFile file = live.files.get(part.token());
            if (file == null) {
              throw refusal("buffer \"" + state.name() + "\" is of a memfd that is not recorded");
            }
            yield new LiveMapping(ioas, file, state, true);
          }
          case MappingState.Anonymous memory -> LiveMapping.ofDeadProcess(ioas, state);
        };
    if (ioas.devices.isEmpty()) {
      mapping.invalidate();
      requireMapped(live, mapping);
      return mapping;
    }
    if (ioas.isTranslated()) {
      requireAtIova(live, mapping);
      return mapping;
    }
    ExtentList found = live.extents(ioas, state.iova());
    ExtentDifference.first(state.extents(), found)
        .ifPresent(difference -> {
          throw refusal(
              "buffer \"%s\" of IOAS \"%s\" is not where it was: %s"
                  .formatted(state.name(), ioas.name, difference));
        });
    if (mapping.file() != null) {
      MappingProof.require(live.iommufd, mapping, found);
    }
    return mapping;
  }

  /**
   * Without a device nothing is pinned and the kernel tells no addresses. So the buffer is mapped:
   * either it was mapped already, which the kernel refuses to do twice, or it is now.
   */
  private static void requireMapped(LiveObjects live, LiveMapping mapping) {
    MappingState state = mapping.state();
    if (state.backing() instanceof MappingState.File part) {
      try {
        live.iommufd.mapFile(
            mapping.ioas().id,
            mapping.file().memfd,
            part.offsetBytes(),
            state.iova().lengthBytes(),
            OptionalLong.of(state.iova().start()),
            state.readable(),
            state.writeable());
      } catch (KernelException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
  }

  /** Behind an IOMMU, what can be seen of a mapping that a device may use is that it is there. */
  private void requireAtIova(LiveObjects live, LiveMapping mapping) {
    try {
      MappingProof.requireMapped(live.iommufd, mapping);
    } catch (KernelException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      throw refusal(
          "buffer \"%s\" of IOAS \"%s\" is not mapped at %s"
              .formatted(mapping.state().name(), mapping.ioas().name, mapping.iova()));
    }
  }

  /**
   * The kernel tells physical addresses of an IOAS only while a device is attached to it; and
   * behind an IOMMU it demands whole pages only then.
   */
  private void requireAttached(LiveObjects live, LiveIoas ioas) {
    if (ioas.isTranslated()) {
      if (IoasIovas.of(live.iommufd, ioas.id).alignmentBytes() == 1) {
        throw refusal("no device is attached to IOAS \"" + ioas.name + "\"");
      }
      return;
    }
    long pageBytes = recorded.host().pageSizeBytes();
    try (Undo undo = new Undo()) {
      Memfd page = undo.closes(Memfd.create(syscalls, "proof", pageBytes));
      long iova =
          live.iommufd.mapFile(ioas.id, page, 0, pageBytes, OptionalLong.empty(), true, false);
      undo.with(() -> live.iommufd.unmap(ioas.id, iova, pageBytes));
      live.iommufd.physicalExtents(ioas.id, iova, pageBytes);
    }
  }

  /**
   * Unmaps what is mapped and not recorded: its process died before it could use it. Only now, when
   * the session is this process's.
   */
  static void unmapUnrecorded(LiveObjects live, List<String> notices) {
    for (LiveIoas ioas : live.ioases.values()) {
      List<MappingState> recorded =
          ioas.mappings.values().stream()
              .map(LiveMapping::state)
              .sorted(Comparator.comparing(state -> state.iova().start(), Long::compareUnsigned))
              .toList();
      long next = 0;
      long bytes = 0;
      for (MappingState state : recorded) {
        if (state.iova().start() != 0) {
          bytes += live.iommufd.unmapWithin(ioas.id, next, state.iova().start() - 1);
        }
        next = state.iova().start() + state.iova().lengthBytes();
      }
      bytes += live.iommufd.unmapWithin(ioas.id, next, -1);
      if (bytes > 0) {
        notices.add(
            "%d bytes in IOAS \"%s\" that belong to no buffer were unmapped"
                .formatted(bytes, ioas.name));
      }
    }
  }

  private SessionException refusal(String problem) {
    return objects.refusal(problem);
  }
}
