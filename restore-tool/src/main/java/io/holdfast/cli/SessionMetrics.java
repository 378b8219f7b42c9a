package io.holdfast.cli;

import io.holdfast.journal.JournalContents;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The tool's metrics, of sessions and of results. */
final class SessionMetrics {
  private SessionMetrics() {}

  /** Everything that is measured; a metric without samples is left out. */
  static List<Metric> of(
      SessionsFinding sessions,
      Map<String, StateFinding.SessionFiles> recorded,
      List<ResultFile> results,
      Optional<AuditResult> audit)
      throws IOException {
    return Stream.of(
            build(), host(sessions), sessions(sessions), recorded(recorded), of(results), of(audit))
        .flatMap(List::stream)
        .filter(metric -> !metric.isEmpty())
        .toList();
  }

  private static List<Metric> build() throws IOException {
    return List.of(
        new Metric("holdfast_build_info", "The tool and the formats it writes.")
            .add(
                1,
                "version",
                Version.number(),
                "manifest_format",
                Manifest.format(),
                "journal_format",
                Integer.toString(JournalContents.NEWEST_FORMAT)));
  }

  private static List<Metric> host(SessionsFinding sessions) {
    Metric hidden =
        new Metric("holdfast_notices", "What could not be looked at, see holdfast sessions.")
            .add(sessions.notices().size());
    Metric kexecs = new Metric("holdfast_kexecs", "Kexecs since the last cold boot.");
    Metric liveUpdates =
        new Metric("holdfast_live_updates", "Live updates in a row that led to this kernel.");
    sessions
        .origin()
        .ifPresent(origin -> {
          kexecs.add(origin.kexecs());
          liveUpdates.add(origin.liveUpdates());
        });
    return List.of(hidden, kexecs, liveUpdates);
  }

  private static List<Metric> sessions(SessionsFinding sessions) {
    Metric count = new Metric("holdfast_sessions", "Sessions of this host by their state.");
    for (SessionStanding standing : SessionStanding.values()) {
      count.add(
          sessions.sessions().stream().filter(row -> row.state() == standing).count(),
          "state",
          Words.id(standing));
    }
    Metric state = new Metric("holdfast_session_state", "The state that a session is in: 1.");
    Metric kept = new Metric("holdfast_session_kept_descriptors", "What the holder keeps of it.");
    for (SessionsFinding.Row row : sessions.sessions()) {
      state.add(1, "session", row.name(), "state", Words.id(row.state()));
      kept.add(row.descriptors(), "session", row.name());
    }
    return List.of(count, state, kept);
  }

  private static List<Metric> recorded(Map<String, StateFinding.SessionFiles> recorded) {
    Metric readable =
        new Metric("holdfast_session_readable", "Whether its journal and manifest are whole.");
    Metric generation = new Metric("holdfast_session_generation", "Live updates it came through.");
    Metric buffers = new Metric("holdfast_session_buffers", "Its mappings.");
    Metric extents = new Metric("holdfast_session_extents", "The physical extents behind them.");
    Metric bytes = new Metric("holdfast_session_mapped_bytes", "How much is mapped.");
    Metric sealed = new Metric("holdfast_session_sealed_timestamp_seconds", "When it was sealed.");
    recorded.forEach((name, files) -> {
      readable.add(files.isWhole() ? 1 : 0, "session", name);
      SessionState session = files.session();
      if (session == null) {
        return;
      }
      generation.add(session.generation(), "session", name);
      long count = 0;
      long pieces = 0;
      for (IoasState ioas : session.ioases()) {
        count += ioas.mappings().size();
        for (MappingState mapping : ioas.mappings()) {
          pieces += mapping.extents().size();
        }
      }
      buffers.add(count, "session", name);
      extents.add(pieces, "session", name);
      bytes.add(SessionTables.mappedBytes(session), "session", name);
      session.sealedAt().ifPresent(at -> sealed.add(seconds(at), "session", name));
    });
    return List.of(readable, generation, buffers, extents, bytes, sealed);
  }

  private static List<Metric> of(List<ResultFile> results) {
    Metric success = new Metric("holdfast_result_success", "Whether the last one succeeded.");
    Metric code = new Metric("holdfast_result_exit_code", "What the last one ended in.");
    Metric extents = new Metric("holdfast_result_proved_extents", "Extents found in place.");
    Metric bytes = new Metric("holdfast_result_proved_bytes", "Bytes found in place.");
    Metric at = new Metric("holdfast_result_timestamp_seconds", "When the last one was over.");
    Metric stage = new Metric("holdfast_result_stage_seconds", "How long a stage took.");
    for (ResultFile result : results) {
      String[] labels = {"session", result.session(), "verb", result.verb()};
      success.add(result.exitCode() == 0 ? 1 : 0, labels);
      code.add(result.exitCode(), labels);
      extents.add(result.sameExtents(), labels);
      bytes.add(result.sameBytes(), labels);
      result.finishedAt().ifPresent(when -> at.add(seconds(when), labels));
      for (StageTimes.Times times : result.stages()) {
        stage.add(
            BigDecimal.valueOf(times.busyMicros(), 6),
            "session",
            result.session(),
            "verb",
            result.verb(),
            "stage",
            Words.id(times.stage()));
      }
    }
    return List.of(success, code, extents, bytes, at, stage);
  }

  private static List<Metric> of(Optional<AuditResult> audit) {
    Metric success = new Metric("holdfast_audit_success", "Whether the last kexec lost nothing.");
    Metric at = new Metric("holdfast_audit_timestamp_seconds", "When that was told.");
    Metric same = new Metric("holdfast_audit_same_extents", "Extents found in place.");
    Metric moved = new Metric("holdfast_audit_moved_extents", "Extents found elsewhere.");
    Metric lost = new Metric("holdfast_audit_lost_extents", "Extents that are gone.");
    Metric outage =
        new Metric("holdfast_audit_outage_seconds", "From the seal to the restored session.");
    audit.ifPresent(told -> {
      success.add(told.isGood() ? 1 : 0);
      at.add(seconds(told.at()));
      for (AuditResult.Session each : told.sessions()) {
        same.add(each.same(), "session", each.name());
        moved.add(each.moved(), "session", each.name());
        lost.add(each.lost(), "session", each.name());
        each.outageMillis()
            .ifPresent(millis -> outage.add(BigDecimal.valueOf(millis, 3), "session", each.name()));
      }
    });
    return List.of(success, at, same, moved, lost, outage);
  }

  private static BigDecimal seconds(Instant at) {
    return BigDecimal.valueOf(at.getEpochSecond()).add(BigDecimal.valueOf(at.getNano(), 9));
  }
}
