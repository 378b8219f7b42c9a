package io.holdfast.engine;

import io.holdfast.journal.JournalContents;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.PreviousJournal;
import io.holdfast.linux.DescriptorKind;
import io.holdfast.linux.LuoSession;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.BufferResult;
import io.holdfast.session.RestoreReport.DeviceResult;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionOptions;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Decides whether a session whose process has died in this boot can be gone on with, and takes it
 * over.
 *
 * <p>{@link SessionResumer} finds and verifies. After that the journal is begun anew, and only then
 * what the store has becomes this process's and what belongs to nothing is closed. Used once, by
 * one thread.
 */
final class Resumption {
  private final Syscalls syscalls;
  private final StateDirectory directory;
  private final SessionStore store;
  private final SessionOptions options;
  private final JournalContents previous;
  private final List<StoredDescriptor> offered;
  private final List<String> notices = new ArrayList<>();
  private final Map<PciAddress, String> standings = new LinkedHashMap<>();
  private SessionResumer resumer;
  private Optional<SealedManifest> sealed = Optional.empty();
  private LiveObjects live;

  /** A manifest as it is and as it was decoded. */
  @SuppressWarnings("ArrayRecordComponent") // A carrier within this class, never compared.
  private record SealedManifest(byte[] bytes, SessionState state) {}

  private Resumption(
      Syscalls syscalls,
      StateDirectory directory,
      SessionStore store,
      SessionOptions options,
      JournalContents previous,
      List<StoredDescriptor> offered) {
    this.syscalls = syscalls;
    this.directory = directory;
    this.store = store;
    this.options = options;
    this.previous = previous;
    this.offered = offered;
    notices.addAll(previous.damage());
  }

  /**
   * The session that a journal speaks of, if it was recorded in this boot, has something in it or
   * is preserved, and the store offers descriptors that were kept for it.
   *
   * @param offered what the store offers, but for what is somebody's already
   */
  static Optional<Resumption> of(
      Syscalls syscalls,
      StateDirectory directory,
      SessionStore store,
      SessionOptions options,
      PreviousJournal previous,
      List<StoredDescriptor> offered,
      UUID bootId) {
    return previous
        .header()
        .filter(header -> header.bootId().equals(bootId))
        .flatMap(_ -> previous.contents())
        .filter(contents -> contents.seal().isPresent() || hasContent(contents.state()))
        .filter(contents -> offersAnything(syscalls, contents.state(), store, offered))
        .map(contents -> new Resumption(syscalls, directory, store, options, contents, offered));
  }

  private static boolean hasContent(SessionState state) {
    return !(state.devices().isEmpty() && state.files().isEmpty() && state.ioases().isEmpty());
  }

  /** By their names, or, where names were changed, by what a session is made of. */
  private static boolean offersAnything(
      Syscalls syscalls, SessionState state, SessionStore store, List<StoredDescriptor> offered) {
    return offered.stream()
        .anyMatch(each ->
            store.names().isOurs(each.name())
                || (!state.devices().isEmpty()
                    && DescriptorKind.of(syscalls, each.fd()) == DescriptorKind.DEVICE));
  }

  /**
   * Finds and verifies everything.
   *
   * @throws RestoreException if anything is not as it was recorded; nothing has been changed
   */
  void verify(Undo undo) {
    resumer = new SessionResumer(syscalls, previous.state(), store, offered, options);
    try {
      sealed = readSealed();
      live = resumer.resume(sealedAs(), undo);
      if (options.stopDevicesOnResume()) {
        live.devices.values().forEach(device -> device.access().stop());
      }
      // Looked at here, where a refusal changes nothing.
      live.devices.forEach((address, device) -> standings.put(address, standing(device)));
    } catch (HoldfastException e) {
      throw new RestoreException(e.problem(), e.remedy(), report(Outcome.FAILED, e.problem()), e);
    }
  }

  LiveObjects live() {
    return live;
  }

  SessionOrigin origin() {
    SessionState state = previous.state();
    return new SessionOrigin(
        state.name(),
        state.journal(),
        state.generation(),
        state.host(),
        state.bootChain(),
        state.extensions());
  }

  /** The seal, if the session is preserved and the live update session is there. */
  Optional<Sealer.Sealed> seal() {
    if (previous.seal().isEmpty()) {
      return Optional.empty();
    }
    Optional<StoredDescriptor> luo = resumer.objects().find(store.names().luo());
    if (luo.isEmpty() || sealed.isEmpty()) {
      notices.add(
          "the session was preserved for a live update, but "
              + (luo.isEmpty()
                  ? "its live update session has ended with the last process"
                  : "the manifest on the disk is not the one that was sealed")
              + ": preserve it again");
      return Optional.empty();
    }
    notices.add("the session is preserved for a live update; cancelPreserve() takes it back");
    return Optional.of(
        new Sealer.Sealed(
            sealed.get().state(),
            sealed.get().bytes(),
            LuoSession.adopt(syscalls, luo.get().fd()),
            List.of()));
  }

  /** The manifest on the disk, if it is the one that was sealed. */
  private Optional<SealedManifest> readSealed() {
    return previous
        .seal()
        .flatMap(seal ->
            directory
                .readManifest()
                .filter(bytes -> Arrays.equals(Manifest.sha256(bytes), seal.manifestSha256())))
        .map(bytes -> new SealedManifest(bytes, Manifest.decode(bytes)));
  }

  /** What the kernel calls the live update session, if the session is preserved. */
  private Optional<String> sealedAs() {
    return previous
        .seal()
        .map(seal -> sealed.map(SealedManifest::state).orElse(previous.state()).nameInKernel());
  }

  /** Takes everything over, once the journal says so; what fails now is told, not thrown. */
  void settle(Optional<Sealer.Sealed> seal) {
    Map<String, StoredDescriptor> matched = new LinkedHashMap<>(resumer.objects().matched());
    List<StoredDescriptor> leftovers = new ArrayList<>(resumer.objects().leftovers());
    if (seal.isEmpty()) {
      Optional.ofNullable(matched.remove(store.names().luo())).ifPresent(leftovers::add);
    }
    boolean keptIommufd = matched.containsKey(store.names().iommufd());
    store.settle(
        matched,
        leftovers,
        () -> {
          if (!keptIommufd) {
            tell("keep the iommufd", () -> store.putIommufd(live.iommufd, leftovers));
          }
        });
    if (keptIommufd) {
      tell("unmap what is not recorded", () -> SessionResumer.unmapUnrecorded(live, notices));
    }
    int moved = live.iommufd.changeProcess();
    if (moved < 0) {
      notices.add(
          "pinned memory is still accounted to the process that has ended:"
              + " IOMMU_IOAS_CHANGE_PROCESS failed with "
              + Errno.name(-moved)
              + (moved == -Errno.EINVAL ? ", since memory of that process is mapped" : ""));
    }
  }

  private void tell(String what, Runnable step) {
    try {
      step.run();
    } catch (HoldfastException e) {
      notices.add("could not " + what + ": " + e.problem());
    }
  }

  /** What the new journal begins with. */
  List<JournalRecord> records(Optional<Sealer.Sealed> seal) {
    List<JournalRecord> records = new ArrayList<>(live.records());
    seal.ifPresent(sealed -> records.add(sealed.record()));
    return records;
  }

  RestoreReport report() {
    return report(
        Outcome.RESUMED,
        "process %d ended in this boot, and its descriptors were kept (%s): nothing was reset or unmapped"
            .formatted(previous.header().pid(), store.report().reason()));
  }

  private RestoreReport report(Outcome outcome, String reason) {
    boolean resumed = outcome == Outcome.RESUMED;
    List<DeviceResult> devices =
        previous.state().devices().stream()
            .map(device ->
                new DeviceResult(
                    device.address(),
                    device.ioas(),
                    resumed ? Verdict.SAME : Verdict.SKIPPED,
                    resumed ? standings.get(device.address()) : "not reached"))
            .toList();
    List<BufferResult> buffers = new ArrayList<>();
    Set<String> pinned =
        Set.copyOf(previous.state().devices().stream().map(d -> d.ioas()).toList());
    for (IoasState ioas : previous.state().ioases()) {
      for (MappingState mapping : ioas.mappings()) {
        buffers.add(result(ioas.name(), mapping, resumed, pinned.contains(ioas.name())));
      }
    }
    return new RestoreReport(
        outcome,
        reason,
        previous.state().generation(),
        devices,
        buffers,
        notices,
        Optional.empty());
  }

  private static String standing(LiveDevice device) {
    return device.access().isBusMaster() ? "a bus master, left running" : "not a bus master";
  }

  private BufferResult result(String ioas, MappingState mapping, boolean resumed, boolean pinned) {
    if (!resumed) {
      return result(ioas, mapping, Verdict.SKIPPED, "not reached");
    }
    if (!live.ioases.get(ioas).mappings.containsKey(mapping.name())) {
      return result(
          ioas,
          mapping,
          Verdict.LOST,
          "memory of the process that has ended; it went with that process's iommufd");
    }
    if (mapping.backing() instanceof MappingState.Anonymous) {
      return result(
          ioas,
          mapping,
          pinned ? Verdict.LOST : Verdict.SKIPPED,
          "memory of the process that has ended; still mapped, close it when no device uses it");
    }
    return pinned
        ? result(
            ioas,
            mapping,
            Verdict.SAME,
            live.ioases.get(ioas).isTranslated()
                ? "behind an IOMMU: mapped at its IOVA; nothing else was compared"
                : "")
        : result(ioas, mapping, Verdict.SKIPPED, "not pinned: no device is attached to its IOAS");
  }

  private static BufferResult result(
      String ioas, MappingState mapping, Verdict verdict, String detail) {
    return new BufferResult(
        ioas, mapping.name(), mapping.iova(), mapping.extents().size(), verdict, detail);
  }
}
