package io.holdfast.engine;

import io.holdfast.linux.Iommufd;
import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreListener;
import io.holdfast.session.RestorePlan;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionException;
import io.holdfast.session.Stage;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Re-creates a sealed session's kernel objects and proves that the memory is where it was.
 *
 * <p>Stage by stage: retrieve, attach, map, verify. A stage goes through all of its items before a
 * required one that failed ends the restore, so that the report names everything that is wrong. On
 * failure all objects made here are closed again; the live update session is not touched, so the
 * restore can be tried again. Used once, by one thread.
 */
final class RestoreExecutor {
  private final Syscalls syscalls;
  private final SessionState manifest;
  private final RestorePlan plan;
  private final RestoreSource source;
  private final RestoreListener listener;
  private final RestoreResults results;

  RestoreExecutor(
      Syscalls syscalls,
      SessionState manifest,
      RestorePlan plan,
      RestoreSource source,
      RestoreListener listener) {
    this.syscalls = syscalls;
    this.manifest = manifest;
    this.plan = plan;
    this.source = source;
    this.listener = listener;
    this.results = new RestoreResults(manifest);
  }

  /** Restores and verifies; answers the objects only if everything required is as it was. */
  LiveObjects execute() {
    plan.firstFatal()
        .ifPresent(problem -> {
          throw new RestoreException(
              problem.what(), problem.remedy(), report(Outcome.FAILED, problem.what()), null);
        });
    for (RestorePlan.Problem problem : plan.problems()) {
      results.notice(problem.what() + (problem.remedy().isEmpty() ? "" : ": " + problem.remedy()));
    }
    LiveObjects live = new LiveObjects(syscalls, source.iommufd());
    boolean complete = false;
    try {
      retrieve(live);
      attach(live);
      map(live);
      verify(live);
      complete = true;
      return live;
    } finally {
      if (!complete) {
        live.close();
      }
    }
  }

  RestoreReport report(Outcome outcome, String reason) {
    return results.report(outcome, reason);
  }

  private void retrieve(LiveObjects live) {
    int done = 0;
    for (BackingFile file : manifest.files()) {
      try {
        Memfd memfd = new Memfd(syscalls, source.file(file.token()), file.name());
        live.files.put(file.token(), new LiveFile(memfd, file));
        memfd.requirePreservable();
        long sizeBytes = memfd.sizeBytes();
        if (sizeBytes != file.sizeBytes()) {
          throw new SessionException(
              "memfd \"%s\" came back with %d bytes instead of %d"
                  .formatted(file.name(), sizeBytes, file.sizeBytes()),
              "it is not the file that was preserved; start the driver afresh");
        }
      } catch (HoldfastException e) {
        results.fileFailed(file, e);
      }
      listener.onProgress(Stage.RETRIEVE, file.name(), ++done, manifest.files().size());
    }
    endStage();
  }

  private void attach(LiveObjects live) {
    List<IoasState> ioases = manifest.ioases();
    for (int i = 0; i < ioases.size(); i++) {
      String name = ioases.get(i).name();
      live.ioases.put(name, new LiveIoas(name, source.ioas(live.iommufd, i)));
    }
    List<DeviceState> devices = manifest.devices();
    for (int i = 0; i < devices.size(); i++) {
      DeviceState device = devices.get(i);
      if (plan.skippedDevices().contains(device.address())) {
        results.device(device, Verdict.SKIPPED, "");
      } else {
        try {
          LiveIoas ioas = live.ioases.get(device.ioas());
          live.devices.put(device.address(), source.device(live.iommufd, i, device, ioas));
          results.device(device, Verdict.SAME, "");
        } catch (HoldfastException e) {
          results.deviceFailed(device, e);
        }
      }
      listener.onProgress(Stage.ATTACH, device.address().toString(), i + 1, devices.size());
    }
    endStage();
  }

  private void map(LiveObjects live) {
    int done = 0;
    for (IoasState ioas : manifest.ioases()) {
      for (MappingState mapping : ioas.mappings()) {
        try {
          mapOne(live, live.ioases.get(ioas.name()), mapping);
        } catch (HoldfastException e) {
          results.bufferFailed(ioas.name(), mapping, Verdict.LOST, e);
        }
        listener.onProgress(Stage.MAP, mapping.name(), ++done, results.bufferCount());
      }
    }
    endStage();
  }

  private void mapOne(LiveObjects live, LiveIoas ioas, MappingState mapping) {
    if (!(mapping.backing() instanceof MappingState.File part)) {
      throw new SessionException(
          "buffer \"" + mapping.name() + "\" is memory of a process that has ended",
          "nothing can bring it back");
    }
    Optional<HoldfastException> lost = results.failureOf(part.token());
    if (lost.isPresent()) {
      throw lost.get();
    }
    if (ioas.devices.isEmpty()) {
      Optional<HoldfastException> cause = results.failureOfDevice(ioas.name);
      throw new SessionException(
          "no device is attached to IOAS \""
              + ioas.name
              + "\", so buffer \""
              + mapping.name()
              + "\" cannot be pinned"
              + cause.map(it -> " (" + it.problem() + ")").orElse(""),
          cause
              .map(HoldfastException::remedy)
              .filter(remedy -> !remedy.isEmpty())
              .orElse("bring back a device of this IOAS"),
          cause.orElse(null));
    }
    LiveFile file = live.files.get(part.token());
    if (!source.isMapped()) {
      live.iommufd.mapFile(
          ioas.id,
          file.memfd,
          part.offsetBytes(),
          mapping.iova().lengthBytes(),
          OptionalLong.of(mapping.iova().start()),
          mapping.readable(),
          mapping.writeable());
    }
    ioas.mappings.put(mapping.name(), new LiveMapping(ioas, file, mapping, true));
  }

  private void verify(LiveObjects live) {
    for (LiveFile file : live.files.values()) {
      verifyContent(file);
    }
    int done = 0;
    for (LiveIoas ioas : live.ioases.values()) {
      for (LiveMapping mapping : List.copyOf(ioas.mappings.values())) {
        if (!verifyOne(live.iommufd, mapping)) {
          live.iommufd.unmap(ioas.id, mapping.iova().start(), mapping.iova().lengthBytes());
          mapping.close();
          ioas.mappings.remove(mapping.state().name());
        }
        listener.onProgress(Stage.VERIFY, mapping.state().name(), ++done, results.bufferCount());
      }
    }
    endStage();
  }

  /**
   * Compares a file's bytes with the sealed checksum, where there is one. No device can write yet.
   */
  private void verifyContent(LiveFile file) {
    OptionalLong sealed = file.state().crc32c();
    if (sealed.isEmpty() || results.failureOf(file.token()).isPresent()) {
      return;
    }
    long found = ContentChecksum.of(file.memfd, file.state().sizeBytes());
    if (found != sealed.getAsLong()) {
      results.fileFailed(
          file.state(),
          new SessionException(
              "the content of memfd \"%s\" has CRC-32C %08x, but was sealed with %08x"
                  .formatted(file.state().name(), found, sealed.getAsLong()),
              "something wrote to it after the seal: a device that was not stopped, or the process"
                  + " itself"));
    }
  }

  private boolean verifyOne(Iommufd iommufd, LiveMapping mapping) {
    MappingState recorded = mapping.state();
    String ioas = mapping.ioas().name;
    Optional<HoldfastException> content = results.failureOf(mapping.file().token());
    if (content.isPresent()) {
      results.bufferFailed(ioas, recorded, Verdict.CONTENT_DIFFERS, content.get());
      return false;
    }
    try {
      ExtentList found =
          iommufd.physicalExtents(
              mapping.ioas().id, recorded.iova().start(), recorded.iova().lengthBytes());
      Optional<ExtentDifference> difference = ExtentDifference.first(recorded.extents(), found);
      if (difference.isPresent()) {
        results.bufferFailed(
            ioas,
            recorded,
            Verdict.MOVED,
            new SessionException(
                "buffer \"%s\" of IOAS \"%s\" is not where it was: %s"
                    .formatted(recorded.name(), ioas, difference.get()),
                "its old addresses belong to somebody else now; start the driver afresh"));
        return false;
      }
      results.bufferSame(ioas, recorded);
      return true;
    } catch (HoldfastException e) {
      results.bufferFailed(ioas, recorded, Verdict.LOST, e);
      return false;
    }
  }

  /** Ends the restore if anything required has failed so far. */
  private void endStage() {
    results
        .firstRequiredFailure()
        .ifPresent(failure -> {
          throw new RestoreException(
              failure.problem(),
              failure.remedy(),
              results.report(Outcome.FAILED, failure.problem()),
              failure);
        });
  }
}
