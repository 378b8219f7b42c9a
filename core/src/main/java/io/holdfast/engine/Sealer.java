package io.holdfast.engine;

import io.holdfast.journal.JournalRecord;
import io.holdfast.linux.Descriptor;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.NotPreservableException;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;

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
    /** What the journal says of it. */
    JournalRecord.Sealed record() {
      return new JournalRecord.Sealed(state.sealedAt(), manifestSha256Bytes());
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
    noteBusMasters(options);
    List<IoasState> ioases = live.ioases.values().stream().map(this::preservedPart).toList();
    try (LiveUpdate liveUpdate = LiveUpdate.open(live.syscalls)) {
      LuoSession luo = liveUpdate.create(unsealed.name());
      boolean complete = false;
      try {
        List<BackingFile> files = new ArrayList<>();
        for (LiveFile file : live.files.values()) {
          luo.preserve(file.memfd, file.token());
          files.add(sealed(file, options.checksums()));
        }
        OptionalLong iommufdToken = offer(luo, live.iommufd, DEVICE_TOKENS, "the iommufd");
        List<DeviceState> devices = new ArrayList<>();
        for (LiveDevice device : live.devices.values()) {
          OptionalLong token =
              offer(
                  luo,
                  device.cdev(),
                  DEVICE_TOKENS + 1 + devices.size(),
                  "device " + device.address());
          DeviceState state = device.state();
          devices.add(
              new DeviceState(
                  state.address(),
                  state.identity(),
                  state.ioas(),
                  state.policy(),
                  token,
                  state.extensions()));
        }
        SessionState sealed =
            new SessionState(
                unsealed.name(),
                unsealed.journal(),
                unsealed.generation(),
                unsealed.host(),
                unsealed.bootChain(),
                unsealed.sealedAt(),
                iommufdToken,
                files,
                ioases,
                devices,
                unsealed.extensions());
        byte[] manifest = Manifest.encode(sealed);
        preserveManifest(luo, manifest);
        complete = true;
        return new Sealed(sealed, manifest, luo, List.copyOf(notices));
      } finally {
        if (!complete) {
          luo.close();
        }
      }
    }
  }

  private void noteBusMasters(PreserveOptions options) {
    for (LiveDevice device : live.devices.values()) {
      if (device.isBusMaster()) {
        notices.add(
            "device "
                + device.address()
                + " can still write memory; what it writes reaches the next kernel"
                + (options.checksums() ? " and will not match the checksums" : ""));
      }
    }
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
      ExtentList pinned =
          live.iommufd.physicalExtents(ioas.id, state.iova().start(), state.iova().lengthBytes());
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
    return new IoasState(ioas.name, mappings);
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

  /**
   * A file as it is sealed. The checksum it was restored with says nothing of its content by now,
   * so without a new one it has none.
   */
  private static BackingFile sealed(LiveFile file, boolean checksum) {
    BackingFile state = file.state();
    return new BackingFile(
        state.token(),
        state.name(),
        state.sizeBytes(),
        state.origin(),
        checksum
            ? OptionalLong.of(ContentChecksum.of(file.memfd, state.sizeBytes()))
            : OptionalLong.empty(),
        state.extensions());
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
