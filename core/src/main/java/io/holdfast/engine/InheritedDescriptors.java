package io.holdfast.engine;

import io.holdfast.linux.LuoSession;
import io.holdfast.model.DeviceState;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Descriptors that a program is started with, by the convention of systemd's socket activation.
 *
 * <p>LISTEN_FDS descriptors begin at 3, LISTEN_FDNAMES names them, separated by colons, and they
 * are meant for the process LISTEN_PID. Holdfast's names are
 *
 * <pre>
 *   holdfast-session                      the live update session, retrieved and not finished
 *   holdfast-iommufd-ID-ID…               the iommufd, with the ids of the manifest's IOASes in its order
 *   holdfast-device-INDEX-ID              a device by its place in the manifest, with its id in the iommufd,
 *   holdfast-device-INDEX-ID-ID           and with that of its page table if it has one of its own
 *   holdfast-file-TOKEN                   a memfd by its token
 * </pre>
 *
 * Only the first is there where the program shall restore by itself. Several sessions come one
 * after the other, each beginning with its live update session; names before the first belong to
 * it. A name proves nothing; {@link InheritedSource} finds out what a descriptor is. Immutable.
 *
 * @param byName one session's descriptors by their names
 */
record InheritedDescriptors(Map<String, Integer> byName) {
  static final String SESSION = "holdfast-session";
  static final String IOMMUFD = "holdfast-iommufd-";
  static final String DEVICE = "holdfast-device-";
  static final String FILE = "holdfast-file-";
  static final int FIRST = 3;
  private static final String OURS = "holdfast-";

  /** How many can be announced. */
  static final int MAX = 4096;

  InheritedDescriptors {
    byName = new LinkedHashMap<>(byName);
  }

  /**
   * What an environment announces to a process, session by session; nothing if it is meant for
   * another process.
   *
   * @throws SessionException if it announces descriptors of Holdfast's in a way that leaves open
   *     which is which
   */
  static List<InheritedDescriptors> from(Map<String, String> environment, int pid) {
    String listed = environment.getOrDefault("LISTEN_FDNAMES", "");
    if (!String.valueOf(pid).equals(environment.get("LISTEN_PID")) || !listed.contains(OURS)) {
      return List.of();
    }
    String[] names = listed.split(":", MAX + 1);
    int count = number("LISTEN_FDS", environment.getOrDefault("LISTEN_FDS", ""));
    if (count != names.length || count > MAX) {
      throw malformed("LISTEN_FDS is " + count + ", but LISTEN_FDNAMES has " + names.length);
    }
    List<Map<String, Integer>> sessions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (names[i].startsWith(OURS)) {
        boolean begins = names[i].equals(SESSION);
        if (sessions.isEmpty() || (begins && sessions.getLast().containsKey(SESSION))) {
          sessions.add(new LinkedHashMap<>());
        }
        if (sessions.getLast().put(names[i], FIRST + i) != null) {
          throw malformed("LISTEN_FDNAMES has \"" + names[i] + "\" twice for one session");
        }
      }
    }
    return sessions.stream().map(InheritedDescriptors::new).toList();
  }

  /** A decimal number of at most 9 digits; nothing else is one. */
  static int number(String where, String text) {
    if (!text.matches("[0-9]{1,9}")) {
      throw malformed(where + " is \"" + text + "\", not a number");
    }
    return Integer.parseInt(text);
  }

  static SessionException malformed(String problem) {
    return new SessionException(
        problem,
        "start the driver through the restore tool, and pass its environment on unchanged; or unset"
            + " LISTEN_PID");
  }

  /** Those that are still there to be taken. */
  InheritedDescriptors without(Set<Integer> usedUp) {
    Map<String, Integer> left = new LinkedHashMap<>(byName);
    left.values().removeAll(usedUp);
    return new InheritedDescriptors(left);
  }

  /** The inherited session descriptor, if there is one. */
  Optional<Integer> session() {
    return Optional.ofNullable(byName.get(SESSION));
  }

  /** Whether everything was inherited, not only the session. */
  boolean isComplete() {
    return byName.keySet().stream().anyMatch(name -> name.startsWith(IOMMUFD));
  }

  /** All of Holdfast's inherited descriptors. */
  List<Integer> all() {
    return List.copyOf(byName.values());
  }

  /** The name to announce each of a session's descriptors under. */
  static List<Announced> announce(LuoSession session, LiveObjects live, List<DeviceState> devices) {
    List<Announced> announced = new ArrayList<>();
    announced.add(new Announced(SESSION, session));
    StringBuilder iommufd = new StringBuilder(IOMMUFD);
    live.ioases.values().forEach(ioas -> iommufd.append(ioas.id).append('-'));
    announced.add(new Announced(iommufd.toString(), live.iommufd));
    List<PciAddress> order = devices.stream().map(DeviceState::address).toList();
    live.devices
        .values()
        .forEach(device -> {
          KernelIds.DeviceIds ids = device.ids();
          String name =
              DEVICE
                  + order.indexOf(device.address())
                  + "-"
                  + ids.device()
                  + (ids.pageTable() == 0 ? "" : "-" + ids.pageTable());
          announced.add(new Announced(name, device.cdev()));
        });
    live.files
        .values()
        .forEach(file -> announced.add(new Announced(FILE + file.token(), file.memfd)));
    return announced;
  }
}
