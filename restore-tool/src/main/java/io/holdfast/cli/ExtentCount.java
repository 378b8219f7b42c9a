package io.holdfast.cli;

import io.holdfast.engine.ExtentPairs;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many of a session's physical extents are where they were. Memory that was declared transient
 * is not counted.
 *
 * @param all how many it has or had
 * @param same how many are at the same physical address in their whole length
 * @param sameBytes how many bytes those have
 * @param moved how many have a byte elsewhere
 * @param lost how many are not there, or not in their whole length
 */
record ExtentCount(long all, long same, long sameBytes, long moved, long lost) {
  static final ExtentCount NONE = new ExtentCount(0, 0, 0, 0, 0);

  /** Those of a session that nobody has compared with anything. */
  static ExtentCount of(SessionState session) {
    return new ExtentCount(count(session), 0, 0, 0, 0);
  }

  static ExtentCount allLost(SessionState session) {
    long all = count(session);
    return new ExtentCount(all, 0, 0, 0, all);
  }

  /** Compares them, buffer by buffer. */
  static ExtentCount of(SessionState before, SessionState after) {
    Map<String, ExtentList> now = extents(after);
    ExtentCount count = NONE;
    for (Map.Entry<String, ExtentList> each : extents(before).entrySet()) {
      count = count.plus(of(each.getValue(), now.getOrDefault(each.getKey(), ExtentList.EMPTY)));
    }
    return count;
  }

  private static ExtentCount of(ExtentList before, ExtentList after) {
    if (before.equals(after)) {
      return new ExtentCount(before.size(), before.size(), before.lengthBytes(), 0, 0);
    }
    long same = 0;
    long sameBytes = 0;
    long moved = 0;
    long begin = 0;
    int index = 0;
    boolean elsewhere = false;
    for (ExtentPairs pairs = new ExtentPairs(before, after); pairs.next(); ) {
      elsewhere |= pairs.first() != pairs.second();
      if (pairs.offsetBytes() + pairs.lengthBytes() == begin + before.lengthBytes(index)) {
        same += elsewhere ? 0 : 1;
        sameBytes += elsewhere ? 0 : before.lengthBytes(index);
        moved += elsewhere ? 1 : 0;
        elsewhere = false;
        begin += before.lengthBytes(index);
        index++;
      }
    }
    return new ExtentCount(before.size(), same, sameBytes, moved, before.size() - index);
  }

  private static Map<String, ExtentList> extents(SessionState session) {
    Map<String, ExtentList> extents = new HashMap<>();
    for (IoasState ioas : session.ioases()) {
      for (MappingState mapping : ioas.mappings()) {
        if (!(mapping.backing() instanceof MappingState.Anonymous)) {
          extents.put(ioas.name() + "/" + mapping.name(), mapping.extents());
        }
      }
    }
    return extents;
  }

  private static long count(SessionState session) {
    return extents(session).values().stream().mapToLong(ExtentList::size).sum();
  }

  ExtentCount plus(ExtentCount other) {
    return new ExtentCount(
        all + other.all,
        same + other.same,
        sameBytes + other.sameBytes,
        moved + other.moved,
        lost + other.lost);
  }

  AuditVerdict verdict() {
    return lost > 0 ? AuditVerdict.LOST : moved > 0 ? AuditVerdict.MOVED : AuditVerdict.KEPT;
  }

  String reason() {
    return switch (verdict()) {
      case LOST -> "%s of %s not there".formatted(Words.grouped(lost), are());
      case MOVED -> "%s of %s elsewhere".formatted(Words.grouped(moved), are());
      default -> are() + (all == 1 ? " where it was" : " where they were");
    };
  }

  private String are() {
    return Words.count(all, "extent") + (all == 1 ? " is" : " are");
  }

  String remedy() {
    return verdict() == AuditVerdict.KEPT
        ? ""
        : "stop its driver before its device writes there; holdfast diff has what differs";
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("extents", all);
    document.put("sameExtents", same);
    document.put("sameBytes", sameBytes);
    document.put("movedExtents", moved);
    document.put("lostExtents", lost);
    return document;
  }
}
