package io.holdfast.engine;

import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.IoasState;
import io.holdfast.model.KernelException;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreListener;
import io.holdfast.session.RestorePlan;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionException;
import io.holdfast.session.Stage;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Re-creates a sealed session's kernel objects and proves that the memory is where it was.
 *
 * <p>Devices are attached first. Then each file is retrieved and mapped before the next one is
 * retrieved, because pages can be moved from their retrieval until they are pinned. A stage goes
 * through all of its items before a required one that failed ends the restore, so that the report
 * names everything that is wrong. On failure all objects made here are closed again; the live
 * update session is not touched, so the restore can be tried again. Used once, by one thread.
 */
final class RestoreExecutor {
  private record Part(IoasState ioas, MappingState mapping) {}

  private final Syscalls syscalls;
  private final SessionState state;
  private final RestorePlan plan;
  private final SessionSource source;
  private final RestoreListener listener;
  private final RestoreResults results;
  private final Map<LiveIoas, Map<String, LiveMapping>> mapped = new HashMap<>();
  private int mappings;

  RestoreExecutor(
      Syscalls syscalls, PlannedRestore planned, SessionSource source, RestoreListener listener) {
    this.syscalls = syscalls;
    this.state = planned.state();
    this.plan = planned.plan();
    this.source = source;
    this.listener = listener;
    this.results = new RestoreResults(state);
  }

  /** Restores and verifies; returns the objects only if everything required is as it was. */
  LiveObjects execute() {
    plan.firstFatal()
        .ifPresent(problem -> {
          throw new RestoreException(
              problem.what(), problem.remedy(), report(Outcome.FAILED, problem.what()), null);
        });
    for (RestorePlan.Problem problem : plan.problems()) {
      results.notice(problem.what() + (problem.remedy().isEmpty() ? "" : ": " + problem.remedy()));
    }
    source.check(state);
    try (Undo undo = new Undo()) {
      LiveObjects live =
          undo.closes(
              new LiveObjects(
                  syscalls, source.iommufd(), SessionStore.none(syscalls, state.name())));
      attach(live);
      bringBackFiles(live);
      new RestoreVerifier(live, results, listener, source.isMapped()).verify();
      endStage();
      undo.forget();
      return live;
    }
  }

  RestoreReport report(Outcome outcome, String reason) {
    return results.report(outcome, reason);
  }

  private void attach(LiveObjects live) {
    for (int i = 0; i < state.ioases().size(); i++) {
      IoasState recorded = state.ioases().get(i);
      LiveIoas ioas =
          live.ioas(
              recorded.name(),
              source.ioas(live.iommufd, i),
              new IoasOptions(recorded.allowedIovas()));
      if (!source.isMapped()) {
        live.allow(ioas);
      }
      live.ioases.put(recorded.name(), ioas);
    }
    for (int i = 0; i < state.devices().size(); i++) {
      DeviceState device = state.devices().get(i);
      if (plan.skippedDevices().contains(device.address())) {
        results.device(device, Verdict.SKIPPED, "");
      } else {
        try {
          LiveIoas ioas = live.ioases.get(device.ioas());
          live.devices.put(device.address(), source.device(live.iommufd, i, device, ioas));
          results.device(device, Verdict.SAME, "");
        } catch (KernelException e) {
          // The kernel was asked by a node whose number is another in each boot.
          results.deviceFailed(device, e.about("device " + device.address()));
        } catch (HoldfastException e) {
          results.deviceFailed(device, e);
        }
      }
      listener.onProgress(Stage.ATTACH, device.address().toString(), i + 1, state.devices().size());
    }
    endStage();
  }

  private void bringBackFiles(LiveObjects live) {
    Map<OptionalLong, List<Part>> parts = parts();
    int done = 0;
    for (BackingFile file : state.files()) {
      retrieve(live, file);
      map(live, parts.getOrDefault(OptionalLong.of(file.token()), List.of()));
      listener.onProgress(Stage.RETRIEVE, file.name(), ++done, state.files().size());
    }
    map(live, parts.getOrDefault(OptionalLong.empty(), List.of()));
    for (IoasState ioas : state.ioases()) {
      for (MappingState mapping : ioas.mappings()) {
        LiveIoas target = live.ioases.get(ioas.name());
        LiveMapping restored = mapped.getOrDefault(target, Map.of()).get(mapping.name());
        if (restored != null) {
          target.mappings.put(
              mapping.name(), restored); // In their order, not in that of the files.
        }
      }
    }
    endStage();
  }

  private void retrieve(LiveObjects live, BackingFile file) {
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
  }

  /** What is to be mapped, by the token of its file; what has no file of the session by none. */
  private Map<OptionalLong, List<Part>> parts() {
    Set<Long> tokens = new HashSet<>();
    state.files().forEach(file -> tokens.add(file.token()));
    Map<OptionalLong, List<Part>> parts = new HashMap<>();
    for (IoasState ioas : state.ioases()) {
      for (MappingState mapping : ioas.mappings()) {
        OptionalLong file =
            mapping.backing() instanceof MappingState.File part && tokens.contains(part.token())
                ? OptionalLong.of(part.token())
                : OptionalLong.empty();
        parts.computeIfAbsent(file, any -> new ArrayList<>()).add(new Part(ioas, mapping));
      }
    }
    return parts;
  }

  private void map(LiveObjects live, List<Part> parts) {
    for (Part part : parts) {
      map(live, part.ioas(), part.mapping());
    }
  }

  private void map(LiveObjects live, IoasState ioas, MappingState mapping) {
    try {
      mapOne(live, live.ioases.get(ioas.name()), mapping);
    } catch (HoldfastException e) {
      results.bufferFailed(ioas.name(), mapping, Verdict.LOST, e);
    }
    listener.onProgress(Stage.MAP, mapping.name(), ++mappings, results.bufferCount());
  }

  private void mapOne(LiveObjects live, LiveIoas ioas, MappingState mapping) {
    if (!(mapping.backing() instanceof MappingState.File part)
        || (!live.files.containsKey(part.token()) && results.failureOf(part.token()).isEmpty())) {
      throw new SessionException(
          "buffer \"" + mapping.name() + "\" is memory of a process that has ended",
          "nothing can bring it back");
    }
    Optional<HoldfastException> lost = results.failureOf(part.token());
    if (lost.isPresent()) {
      throw lost.get();
    }
    requireAttached(ioas, mapping);
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
    mapped
        .computeIfAbsent(ioas, any -> new HashMap<>())
        .put(mapping.name(), new LiveMapping(ioas, file, mapping, true));
  }

  private void requireAttached(LiveIoas ioas, MappingState mapping) {
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
