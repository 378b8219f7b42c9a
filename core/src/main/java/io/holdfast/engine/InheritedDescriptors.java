package io.holdfast.engine;

import io.holdfast.linux.Descriptor;
import io.holdfast.linux.Iommufd;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.VfioCdev;
import io.holdfast.model.DeviceState;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Descriptors that a program is started with, by the convention of systemd's socket activation.
 *
 * <p>LISTEN_FDS descriptors begin at 3, LISTEN_FDNAMES names them, separated by colons, and they
 * are meant for the process LISTEN_PID. Holdfast's names are
 *
 * <pre>
 *   holdfast-session                      the live update session, retrieved and not finished
 *   holdfast-iommufd-ID-ID…               the iommufd, with the ids of the manifest's IOASes in its order
 *   holdfast-device-INDEX-ID              a device by its place in the manifest, with its id in the iommufd
 *   holdfast-file-TOKEN                   a memfd by its token
 * </pre>
 *
 * Only the first is there where the program shall restore by itself. Immutable.
 */
final class InheritedDescriptors {
  static final String SESSION = "holdfast-session";
  private static final String IOMMUFD = "holdfast-iommufd-";
  private static final String DEVICE = "holdfast-device-";
  private static final String FILE = "holdfast-file-";
  static final int FIRST = 3;
  private static final int MAX = 4096;

  private final Map<String, Integer> byName;

  private InheritedDescriptors(Map<String, Integer> byName) {
    this.byName = byName;
  }

  /** What an environment announces to a process; nothing if it is meant for another process. */
  static InheritedDescriptors from(Map<String, String> environment, int pid) {
    Map<String, Integer> byName = new LinkedHashMap<>();
    if (String.valueOf(pid).equals(environment.get("LISTEN_PID"))) {
      String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", MAX);
      int count = count(environment.getOrDefault("LISTEN_FDS", "0"));
      for (int i = 0; i < count && i < names.length; i++) {
        if (names[i].startsWith("holdfast-")) {
          byName.put(names[i], FIRST + i);
        }
      }
    }
    return new InheritedDescriptors(byName);
  }

  private static int count(String text) {
    try {
      return Math.clamp(Integer.parseInt(text), 0, MAX);
    } catch (NumberFormatException e) {
      throw new SessionException(
          "LISTEN_FDS is \"" + text + "\", not a number", "unset it or set it right", e);
    }
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

  /** A source that takes what was inherited. */
  RestoreSource source(Syscalls syscalls) {
    return new Source(syscalls);
  }

  /**
   * The name to announce each of a session's descriptors under, in an order that {@link Source}
   * understands.
   */
  static Map<String, Descriptor> announce(
      LuoSession session, LiveObjects live, List<DeviceState> devices) {
    Map<String, Descriptor> announced = new LinkedHashMap<>();
    announced.put(SESSION, session);
    StringBuilder iommufd = new StringBuilder(IOMMUFD);
    live.ioases.values().forEach(ioas -> iommufd.append(ioas.id).append('-'));
    announced.put(iommufd.toString(), live.iommufd);
    List<PciAddress> order = devices.stream().map(DeviceState::address).toList();
    live.devices
        .values()
        .forEach(device ->
            announced.put(
                DEVICE + order.indexOf(device.address()) + "-" + device.deviceId(), device.cdev()));
    live.files.values().forEach(file -> announced.put(FILE + file.token(), file.memfd));
    return announced;
  }

  private final class Source implements RestoreSource {
    private final Syscalls syscalls;
    private final List<Integer> ioasIds = new ArrayList<>();

    Source(Syscalls syscalls) {
      this.syscalls = syscalls;
    }

    @Override
    public Iommufd iommufd() {
      Map.Entry<String, Integer> entry = byPrefix(IOMMUFD);
      for (String id : entry.getKey().substring(IOMMUFD.length()).split("-", -1)) {
        if (!id.isEmpty()) {
          ioasIds.add(number(entry.getKey(), id));
        }
      }
      return new Iommufd(syscalls, entry.getValue());
    }

    @Override
    public int file(long token) {
      return byPrefix(FILE + token).getValue();
    }

    @Override
    public int ioas(Iommufd iommufd, int index) {
      if (index >= ioasIds.size()) {
        throw missing("the id of IOAS " + index);
      }
      return ioasIds.get(index);
    }

    @Override
    public LiveDevice device(Iommufd iommufd, int index, DeviceState state, LiveIoas ioas) {
      String prefix = DEVICE + index + "-";
      Map.Entry<String, Integer> entry = byPrefix(prefix);
      VfioCdev cdev =
          new VfioCdev(syscalls, entry.getValue(), "inherited device " + state.address());
      LiveDevice device =
          new LiveDevice(
              state, cdev, number(entry.getKey(), entry.getKey().substring(prefix.length())));
      device.setBusMaster(false);
      device.adopt(ioas);
      return device;
    }

    @Override
    public boolean isMapped() {
      return true;
    }

    private Map.Entry<String, Integer> byPrefix(String prefix) {
      return byName.entrySet().stream()
          .filter(entry -> entry.getKey().startsWith(prefix))
          .findFirst()
          .orElseThrow(() -> missing(prefix));
    }

    private SessionException missing(String what) {
      return new SessionException(
          "LISTEN_FDNAMES announces a session but not " + what,
          "start the driver through the restore tool, and pass its environment on unchanged");
    }

    private int number(String name, String text) {
      try {
        return Integer.parseInt(text);
      } catch (NumberFormatException e) {
        throw new SessionException(
            "LISTEN_FDNAMES holds \"" + name + "\", which is none of Holdfast's names",
            "start the driver through the restore tool, and pass its environment on unchanged",
            e);
      }
    }
  }
}
