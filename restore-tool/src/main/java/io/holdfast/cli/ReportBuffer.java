package io.holdfast.cli;

import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A buffer's row in a report.
 *
 * @param name its IOAS and its own name
 * @param before how it was; null where it was not there or is not told
 * @param after how it is; null where it is not there or is not told
 * @param compared whether both sides are told
 * @param verdict what the restore said of it; empty where none is told
 */
record ReportBuffer(
    String name, MappingState before, MappingState after, boolean compared, String verdict) {
  private static final String SAME = "same";

  /**
   * The buffers of both sides and of the result, in the order in which they first appear; at most
   * so many.
   */
  static List<ReportBuffer> of(List<SessionFile> sides, Optional<ResultFile> result, int most) {
    List<Map<String, MappingState>> mappings = new ArrayList<>();
    Map<String, String> verdicts = result.map(ReportBuffer::verdicts).orElse(Map.of());
    Set<String> names = new LinkedHashSet<>();
    for (SessionFile side : sides) {
      mappings.add(byName(side.session(), sides.size() == 1 ? most : Integer.MAX_VALUE));
      names.addAll(mappings.getLast().keySet());
    }
    names.addAll(verdicts.keySet());
    List<ReportBuffer> buffers = new ArrayList<>();
    for (String name : names.stream().limit(most).toList()) {
      buffers.add(
          new ReportBuffer(
              name,
              mappings.isEmpty() ? null : mappings.get(0).get(name),
              mappings.size() < 2 ? null : mappings.get(1).get(name),
              mappings.size() == 2,
              verdicts.getOrDefault(name, "")));
    }
    return buffers;
  }

  private static Map<String, MappingState> byName(SessionState session, int most) {
    Map<String, MappingState> byName = new LinkedHashMap<>();
    for (IoasState ioas : session.ioases()) {
      for (MappingState mapping : ioas.mappings()) {
        if (byName.size() < most) {
          byName.put(ioas.name() + "/" + mapping.name(), mapping);
        }
      }
    }
    return byName;
  }

  private static Map<String, String> verdicts(ResultFile result) {
    Map<String, String> verdicts = new HashMap<>();
    Map<?, ?> document = result.document();
    Object buffers =
        document.get("report") instanceof Map<?, ?> report
            ? report.get("buffers")
            : document.get("buffers");
    if (buffers instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof Map<?, ?> buffer) {
          verdicts.put(
              buffer.get("ioas") + "/" + buffer.get("name"), String.valueOf(buffer.get("verdict")));
        }
      }
    }
    return verdicts;
  }

  private ExtentMoves moves() {
    return before == null || after == null
        ? new ExtentMoves(List.of(), 0)
        : ExtentMoves.of(before.extents(), after.extents());
  }

  /** Whether it is not what and where it was. */
  boolean isBad() {
    return moves().movedBytes() > 0
        || (compared && (before == null || after == null))
        || !(verdict.isEmpty() || verdict.equals(SAME));
  }

  Object[] cells() {
    MappingState told = before != null ? before : after;
    return new Object[] {
      name,
      told == null ? "" : Words.hex(told.iova().start()),
      told == null ? "" : told.iova().lengthBytes(),
      told == null ? "" : SessionTables.access(told),
      extents(before),
      first(before),
      extents(after),
      first(after),
      moves().movedBytes(),
      isBad() ? "\u2260 " + (verdict.isEmpty() ? "differs" : verdict) : verdict
    };
  }

  private static Object extents(MappingState mapping) {
    return mapping == null ? "" : (Object) mapping.extents().size();
  }

  private static String first(MappingState mapping) {
    ExtentList extents = mapping == null ? ExtentList.EMPTY : mapping.extents();
    return extents.size() == 0 ? "" : Words.hex(extents.physicalAddress(0));
  }
}
