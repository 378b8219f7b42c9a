package io.holdfast.engine;

import io.holdfast.model.DeviceState;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.IoasState;
import io.holdfast.model.KernelException;
import io.holdfast.model.SessionState;
import io.holdfast.session.IoasOptions;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreListener;
import io.holdfast.session.RestorePlan;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.Stage;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;

/**
 * Re-creates a sealed session's kernel objects and proves that the memory is where it was.
 *
 * <p>Devices are attached first; then each file is retrieved and mapped before the next one ({@link
 * FileRetrieval}). A stage goes through all of its items before a required one that failed ends the
 * restore, so that the report names everything that is wrong. On failure all objects made here are
 * closed again; the live update session is not touched, so the restore can be tried again. Used
 * once, by one thread.
 */
final class RestoreExecutor {
  private final Syscalls syscalls;
  private final SessionState state;
  private final RestorePlan plan;
  private final SessionSource source;
  private final RestoreListener listener;
  private final RestoreResults results;

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
      try (ContentChecksums checksums = new ContentChecksums()) {
        bringBackFiles(live, checksums);
        new RestoreVerifier(live, results, listener, source.isMapped()).verify(checksums);
        endStage();
      }
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

  private void bringBackFiles(LiveObjects live, ContentChecksums checksums) {
    new FileRetrieval(live, state, source, results, listener, checksums).run();
    endStage();
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
