package io.holdfast.engine;

import io.holdfast.journal.JournalRecord;
import io.holdfast.linux.Descriptor;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.Memfd;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.NotPreservableException;
import io.holdfast.model.PciIdentity;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Undo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Hands a session to the kernel: preserves every memfd, then the manifest that describes them under
 * token 0.
 *
 * <p>The manifest goes last, so that a session with a manifest is whole. Whatever fails, the live
 * update session is closed again, which un-preserves everything. Used once, by one thread, under
 * the session's lock.
 */
final class Sealer {
  /** The manifest's token. */
  static final long MANIFEST_TOKEN = 0;

  /** Where the tokens of descriptors that are no files begin; files count from 1. */
  private static final long DEVICE_TOKENS = 1L << 32;

  private final LiveObjects live;
  private final List<String> notices = new ArrayList<>();

  Sealer(LiveObjects live) {
    this.live = live;
  }

  /** A sealed session: what was handed over, and the descriptor that keeps it there. */
  @SuppressWarnings("ArrayRecordComponent") // A carrier between two methods, never compared.
  record Sealed(SessionState state, byte[] manifest, LuoSession luo, List<String> notices) {
    /** With one more notice. */
    Sealed with(String notice) {
      List<String> more = new ArrayList<>(notices);
      more.add(notice);
      return new Sealed(state, manifest, luo, List.copyOf(more));
    }

    /** What the journal says of it. */
    JournalRecord.Sealed record() {
      return new JournalRecord.Sealed(state.sealedAt().orElseThrow(), manifestSha256Bytes());
    }

    PreserveReport report() {
      return new PreserveReport(state, manifestSha256(), manifest.length, notices);
    }

    private byte[] manifestSha256Bytes() {
      return Manifest.sha256(manifest);
    }

    private String manifestSha256() {
      return HexFormat.of().formatHex(manifestSha256Bytes());
    }
  }

  Sealed seal(SessionState unsealed, PreserveOptions options) {
    checkPreservable();
    checkDevices();
    requireStopped(options);
    List<IoasState> ioases = live.ioases.values().stream().map(this::preservedPart).toList();
    try (Undo undo = new Undo()) {
      LuoSession luo = undo.closes(liveUpdateSession(unsealed.name(), undo));
      for (LiveFile file : live.files.values()) {
        luo.preserve(file.memfd, file.token());
        requireRecordedSize(file);
      }
      List<BackingFile> files = sealedFiles(options);
      SessionState sealed =
          state(unsealed, files, ioases, offer(luo, options)).inLiveUpdateSession(luo.name());
      byte[] manifest = Manifest.encode(sealed);
      // What the next kernel's Holdfast would refuse to read must not be what it gets.
      Manifest.decode(manifest);
      preserveManifest(luo, manifest);
      undo.forget();
      return new Sealed(sealed, manifest, luo, List.copyOf(notices));
    }
  }

  /** What fails now is un-preserved: one that was given is let go of, and cannot be used again. */
  private LuoSession liveUpdateSession(String name, Undo undo) {
    Optional<LuoSession> given = live.store.takeGiven();
    if (given.isEmpty()) {
      return GivenSession.create(live.syscalls, name, live.store.report());
    }
    undo.with(() -> live.store.remove(live.store.names().luo()));
    return given.get();
  }

  private SessionState state(
      SessionState unsealed,
      List<BackingFile> files,
      List<IoasState> ioases,
      List<DeviceState> devices) {
    return unsealed.withContents(files, ioases, devices).withSealedAt(Instant.now());
  }

  /** Offers the devices to the kernel where that was asked for, and returns what was accepted. */
  private List<DeviceState> offer(LuoSession luo, PreserveOptions options) {
    List<DeviceState> devices = new ArrayList<>();
    if (options.offerDevices()
        && offer(luo, live.iommufd, DEVICE_TOKENS, "the iommufd").isPresent()) {
      throw new NotPreservableException(
          "this kernel has accepted the iommufd, which this version of Holdfast cannot bring back"
              + " after the kexec, and the session could never be finished",
          "preserve without offering devices, or use a version made for this kernel");
    }
    for (LiveDevice device : live.devices.values()) {
      DeviceState state = device.state();
      OptionalLong token =
          options.offerDevices()
              ? offer(
                  luo,
                  device.cdev(),
                  DEVICE_TOKENS + 1 + devices.size(),
                  "device " + device.address())
              : OptionalLong.empty();
      devices.add(state.withToken(token).withExtensions(KernelIds.without(state.extensions())));
    }
    return devices;
  }

  /**
   * Compares a file's size with the recorded one. Once it is preserved the kernel keeps it as it
   * is, so that nobody can change it after this.
   */
  private static void requireRecordedSize(LiveFile file) {
    long sizeBytes = file.memfd.sizeBytes();
    if (sizeBytes != file.state().sizeBytes()) {
      throw new NotPreservableException(
          "memfd \"%s\" has %d bytes, but had %d when it was recorded"
              .formatted(file.state().name(), sizeBytes, file.state().sizeBytes()),
          "resize it to what it was; a memfd must not change its size once the session has it");
    }
  }

  /** A device has to be found again as what it was recorded to be. */
  private void checkDevices() {
    PciSysfs pci = new PciSysfs(live.syscalls);
    for (LiveDevice device : live.devices.values()) {
      PciIdentity now = pci.identity(device.address());
      if (!now.equals(device.state().identity())) {
        throw new NotPreservableException(
            "device "
                + device.address()
                + " was recorded as "
                + device.state().identity()
                + " and is now "
                + now,
            "close the device and bind it again");
      }
    }
  }

  private void requireStopped(PreserveOptions options) {
    for (LiveDevice device : live.devices.values()) {
      if (device.access().isBusMaster()) {
        String what = "device " + device.address() + " can still write memory";
        if (device.state().behindIommu()) {
          throw new NotPreservableException(
              what + " by IOVAs, which mean nothing to the next kernel until it is attached again",
              "stop it and call disableBusMastering(); Linux keeps no translation over a kexec");
        }
        if (options.checksums()) {
          throw new NotPreservableException(
              what + ", and what it writes would not match the checksums",
              "stop it and call disableBusMastering(), or preserve without checksums");
        }
        if (!options.devicesMayWrite()) {
          throw new NotPreservableException(
              what,
              "stop it and call disableBusMastering(), or say that it may go on with"
                  + " PreserveOptions.defaults().whileDevicesWrite()");
        }
        notices.add(what + "; what it writes reaches the next kernel");
      }
    }
  }

  /**
   * The files whose bytes are compared after the restore: all where that was asked for, and those
   * that are mapped behind an IOMMU, where there are no addresses to compare; unless devices may
   * write them until the kexec.
   */
  private Collection<LiveFile> filesToSum(PreserveOptions options) {
    if (options.checksums()) {
      return live.files.values();
    }
    Set<LiveFile> translated =
        live.mappings()
            .filter(mapping -> mapping.ioas().isTranslated())
            .map(LiveMapping::file)
            .filter(Objects::nonNull)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    if (!options.devicesMayWrite()) {
      return translated;
    }
    for (LiveFile file : translated) {
      notices.add(
          "memfd \""
              + file.state().name()
              + "\" is mapped behind an IOMMU and was sealed without a checksum, since devices may"
              + " write: a restore puts its buffers at their IOVAs and compares nothing");
    }
    return List.of();
  }

  private void checkPreservable() {
    for (LiveIoas ioas : live.ioases.values()) {
      if (!ioas.mappings.isEmpty() && ioas.devices.isEmpty()) {
        throw new NotPreservableException(
            "IOAS \""
                + ioas.name
                + "\" has "
                + ioas.mappings.size()
                + " buffers but no device attached, so their pages are not pinned and their"
                + " addresses mean nothing",
            "bind a device to it, or close its buffers");
      }
      for (LiveMapping mapping : ioas.mappings.values()) {
        if (mapping.state().backing() instanceof MappingState.Anonymous memory
            && !memory.declaredTransient()) {
          throw new NotPreservableException(
              "buffer \""
                  + mapping.state().name()
                  + "\" of IOAS \""
                  + ioas.name
                  + "\" is anonymous memory of this process, which no live update preserves",
              "use a buffer of the session or a memfd, or map it as declared transient");
        }
      }
    }
    live.files.values().forEach(file -> file.memfd.requirePreservable());
  }

  /**
   * An IOAS without its transient mappings, after comparing what is pinned now with what was
   * recorded.
   */
  private IoasState preservedPart(LiveIoas ioas) {
    List<MappingState> mappings = new ArrayList<>();
    for (LiveMapping mapping : ioas.mappings.values()) {
      MappingState state = mapping.state();
      if (state.backing() instanceof MappingState.Anonymous) {
        notices.add(
            "buffer \""
                + state.name()
                + "\" of IOAS \""
                + ioas.name
                + "\" is transient and was left out");
        continue;
      }
      ExtentList pinned = live.extents(ioas, state.iova());
      ExtentDifference.first(state.extents(), pinned)
          .ifPresent(difference -> {
            throw new SessionException(
                "buffer \""
                    + state.name()
                    + "\" of IOAS \""
                    + ioas.name
                    + "\" is not where it was recorded: "
                    + difference,
                "its device may be using addresses that are no longer its own; stop it and start"
                    + " afresh");
          });
      mappings.add(state);
    }
    return ioas.sealed(mappings);
  }

  /**
   * Offers a descriptor that this kernel may not know how to preserve, and answers its token if it
   * does.
   */
  private OptionalLong offer(LuoSession luo, Descriptor file, long token, String what) {
    int answer = luo.tryPreserve(file, token);
    if (answer < 0) {
      notices.add("this kernel does not preserve " + what + " (" + Errno.name(-answer) + ")");
      return OptionalLong.empty();
    }
    return OptionalLong.of(token);
  }

  private List<BackingFile> sealedFiles(PreserveOptions options) {
    try (ContentChecksums checksums = new ContentChecksums()) {
      filesToSum(options).forEach(checksums::begin);
      Map<LiveFile, Long> sums = checksums.await();
      return live.files.values().stream().map(file -> sealed(file, sums.get(file))).toList();
    }
  }

  /**
   * A file as it is sealed. The checksum it was restored with says nothing of its content by now,
   * so without a new one it has none.
   */
  private static BackingFile sealed(LiveFile file, Long checksum) {
    BackingFile state = file.state();
    return new BackingFile(
        state.token(),
        state.name(),
        state.sizeBytes(),
        state.origin(),
        checksum == null ? OptionalLong.empty() : OptionalLong.of(checksum),
        KernelIds.without(state.extensions()));
  }

  private void preserveManifest(LuoSession luo, byte[] manifest) {
    try (Memfd memfd = Memfd.create(live.syscalls, "manifest", manifest.length);
        Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(manifest.length, 8);
      MemorySegment.copy(MemorySegment.ofArray(manifest), 0, bytes, 0, manifest.length);
      memfd.write(bytes, 0);
      luo.preserve(memfd, MANIFEST_TOKEN);
    }
  }
}
