package io.holdfast.serializer;

import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What must hold between the records of a session, so that a restore can rely on it.
 *
 * <p>It says when it was sealed. Names are unique: files and IOASes in the session, mappings in
 * their IOAS, devices by address. Tokens are unique in the session. A mapping lies within a file
 * that exists, and shares no IOVA with another of its IOAS. A device is attached to an IOAS that
 * exists, whose devices are all behind an IOMMU or all not; behind one, mappings have no physical
 * extents. Not thread-safe; one instance for one check.
 */
final class SessionRules {
  /** Where a rule is broken, and how. */
  record Violation(String where, String what) {}

  private final SessionState session;
  private final Map<Long, BackingFile> files = new HashMap<>();
  private final Set<Long> tokens = new HashSet<>();
  private final Set<String> ioases = new HashSet<>();

  private SessionRules(SessionState session) {
    this.session = session;
  }

  /** The first rule that the session breaks, or null. */
  static Violation check(SessionState session) {
    return new SessionRules(session).check();
  }

  private Violation check() {
    if (session.sealedAt().isEmpty()) {
      return new Violation("session.sealedAt", "the session is not sealed");
    }
    // The first token of all: nothing can have it yet.
    taken(session.iommufdToken());
    Violation violation = files();
    for (int i = 0; violation == null && i < session.ioases().size(); i++) {
      violation = ioas(i, session.ioases().get(i));
    }
    return violation != null ? violation : devices();
  }

  private Violation files() {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < session.files().size(); i++) {
      BackingFile file = session.files().get(i);
      if (!tokens.add(file.token())) {
        return new Violation("session.files[" + i + "].token", tokenTwice(file.token()));
      }
      if (!names.add(file.name())) {
        return new Violation(
            "session.files[" + i + "].name", "there are two files \"" + file.name() + "\"");
      }
      files.put(file.token(), file);
    }
    return null;
  }

  private Violation ioas(int index, IoasState ioas) {
    if (!ioases.add(ioas.name())) {
      return new Violation(
          "session.ioases[" + index + "].name", "there are two IOASes \"" + ioas.name() + "\"");
    }
    List<MappingState> mappings = ioas.mappings();
    Set<String> names = HashSet.newHashSet(mappings.size());
    boolean apart = areInOrder(mappings); // As a session is recorded that has closed no buffer.
    NavigableMap<Long, IovaRange> ranges = new TreeMap<>();
    for (int i = 0; i < mappings.size(); i++) {
      MappingState mapping = mappings.get(i);
      if (!names.add(mapping.name())) {
        return new Violation(
            "session.ioases[" + index + "].mappings[" + i + "].name",
            "there are two mappings \"" + mapping.name() + "\" in one IOAS");
      }
      String problem = backing(mapping);
      if (problem == null && !apart) {
        problem = overlap(ranges, mapping.iova());
      }
      if (problem != null) {
        return new Violation(
            "session.ioases[" + index + "].mappings[" + i + "]",
            "the mapping \"" + mapping.name() + "\" " + problem);
      }
    }
    return null;
  }

  /** Whether each range begins after the end of the one before, so that none can share anything. */
  private static boolean areInOrder(List<MappingState> mappings) {
    for (int i = 1; i < mappings.size(); i++) {
      IovaRange before = mappings.get(i - 1).iova();
      if (Long.compareUnsigned(before.last(), mappings.get(i).iova().start()) >= 0) {
        return false;
      }
    }
    return true;
  }

  private String backing(MappingState mapping) {
    if (!(mapping.backing() instanceof MappingState.File part)) {
      return null;
    }
    BackingFile file = files.get(part.token());
    if (file == null) {
      return "is backed by the file with token " + part.token() + ", which is not in the session";
    }
    long lengthBytes = mapping.iova().lengthBytes();
    if (part.offsetBytes() > file.sizeBytes()
        || lengthBytes > file.sizeBytes() - part.offsetBytes()) {
      return "reaches from offset "
          + part.offsetBytes()
          + " on for "
          + lengthBytes
          + " bytes, past the end of the file \""
          + file.name()
          + "\" at "
          + file.sizeBytes();
    }
    return null;
  }

  /**
   * Ranges are kept by their first address, moved so that signed order is the order of unsigned
   * addresses. They share none, so of those that begin before the end of another one, the last also
   * ends last: no other has to be looked at.
   */
  private static String overlap(NavigableMap<Long, IovaRange> ranges, IovaRange range) {
    Map.Entry<Long, IovaRange> before = ranges.floorEntry(range.last() ^ Long.MIN_VALUE);
    if (before != null && before.getValue().overlaps(range)) {
      return "at " + range + " overlaps the one at " + before.getValue();
    }
    ranges.put(range.start() ^ Long.MIN_VALUE, range);
    return null;
  }

  private Violation devices() {
    // Compared, not hashed: a record's own hashCode is put together when it is first called, which
    // a cold start pays for.
    Set<PciAddress> addresses = new TreeSet<>();
    Map<String, Boolean> translated = new HashMap<>();
    for (int i = 0; i < session.devices().size(); i++) {
      DeviceState device = session.devices().get(i);
      if (!addresses.add(device.address())) {
        return new Violation(
            "session.devices[" + i + "].address", "there are two devices at " + device.address());
      }
      if (!ioases.contains(device.ioas())) {
        return new Violation(
            "session.devices[" + i + "].ioas",
            device.address() + " is attached to \"" + device.ioas() + "\", which is no IOAS here");
      }
      Boolean others = translated.putIfAbsent(device.ioas(), device.behindIommu());
      if (others != null && others != device.behindIommu()) {
        return new Violation(
            "session.devices[" + i + "].behindIommu",
            "of the devices of IOAS \"" + device.ioas() + "\" some are behind an IOMMU, some not");
      }
      if (taken(device.token())) {
        return new Violation(
            "session.devices[" + i + "].token", tokenTwice(device.token().getAsLong()));
      }
    }
    return extents(translated);
  }

  private Violation extents(Map<String, Boolean> translated) {
    for (int i = 0; i < session.ioases().size(); i++) {
      if (!translated.getOrDefault(session.ioases().get(i).name(), false)) {
        continue;
      }
      List<MappingState> mappings = session.ioases().get(i).mappings();
      for (int j = 0; j < mappings.size(); j++) {
        if (mappings.get(j).extents().size() > 0) {
          return new Violation(
              "session.ioases[" + i + "].mappings[" + j + "].extents",
              "the mapping \""
                  + mappings.get(j).name()
                  + "\" has physical extents, and its device is behind an IOMMU");
        }
      }
    }
    return null;
  }

  /** Whether something else has this token. */
  private boolean taken(OptionalLong token) {
    return token.isPresent() && !tokens.add(token.getAsLong());
  }

  private static String tokenTwice(long token) {
    return "the live update token " + token + " is used twice";
  }
}
