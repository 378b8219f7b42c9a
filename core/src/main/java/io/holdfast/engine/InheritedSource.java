package io.holdfast.engine;

import static io.holdfast.engine.InheritedDescriptors.DEVICE;
import static io.holdfast.engine.InheritedDescriptors.FILE;
import static io.holdfast.engine.InheritedDescriptors.IOMMUFD;
import static io.holdfast.engine.InheritedDescriptors.malformed;
import static io.holdfast.engine.InheritedDescriptors.number;

import io.holdfast.linux.DescriptorKind;
import io.holdfast.linux.DeviceNumber;
import io.holdfast.linux.Iommufd;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.Memfd;
import io.holdfast.linux.PciSysfs;
import io.holdfast.linux.VfioCdev;
import io.holdfast.model.DeviceState;
import io.holdfast.model.SessionState;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import io.holdfast.uapi.FcntlUapi;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the restore tool hands over: everything restored, mapped and pinned.
 *
 * <p>A descriptor is what it proves to be, not what its name says. Files come from the session by
 * their tokens, and the inherited ones must be the same files; a device must be the open node of
 * its PCI function; the iommufd must be one and is proved by what its IOASes map, see {@link
 * MappingProof}. What was inherited and is not needed is closed.
 */
final class InheritedSource implements SessionSource {
  private record Numbered(KernelIds.DeviceIds ids, int fd) {}

  private static final String REMEDY =
      "start the driver through the restore tool, and pass its descriptors on unchanged";

  private final Syscalls syscalls;
  private final LuoSession session;
  private final Map<String, Integer> left;
  private final List<Integer> ioasIds = new ArrayList<>();
  private final Map<Integer, Numbered> devices = new HashMap<>();
  private String iommufdName;

  private InheritedSource(Syscalls syscalls, LuoSession session, Map<String, Integer> left) {
    this.syscalls = syscalls;
    this.session = session;
    this.left = left;
  }

  /**
   * Makes everything inherited beside the session this process's own: none of it passes on to the
   * next program by accident.
   */
  static InheritedSource adopt(
      Syscalls syscalls, LuoSession session, InheritedDescriptors inherited) {
    Map<String, Integer> left = new LinkedHashMap<>(inherited.byName());
    left.remove(InheritedDescriptors.SESSION);
    // One that is not open is not there; its number may soon be another file's.
    left.values().removeIf(fd -> syscalls.fcntl(fd, FcntlUapi.F_SETFD, FcntlUapi.FD_CLOEXEC) < 0);
    return new InheritedSource(syscalls, session, left);
  }

  @Override
  public void check(SessionState state) {
    left.forEach(this::parse);
    if (iommufdName == null) {
      throw malformed("LISTEN_FDNAMES announces a session but no iommufd that is open");
    }
    if (ioasIds.size() != state.ioases().size()) {
      throw malformed(
          "\"%s\" names %d IOASes, but the session has %d"
              .formatted(iommufdName, ioasIds.size(), state.ioases().size()));
    }
  }

  private void parse(String name, int fd) {
    if (name.startsWith(IOMMUFD) && iommufdName == null) {
      iommufdName = name;
      for (String id : name.substring(IOMMUFD.length()).split("-", 0)) {
        if (!id.isEmpty()) {
          ioasIds.add(number(name, id));
        }
      }
    } else if (name.startsWith(DEVICE)) {
      String[] numbers = name.substring(DEVICE.length()).split("-", -1);
      if (numbers.length < 2 || numbers.length > 3) {
        throw malformed("LISTEN_FDNAMES holds \"" + name + "\", which is none of Holdfast's names");
      }
      int pageTable = numbers.length == 2 ? 0 : number(name, numbers[2]);
      KernelIds.DeviceIds ids = new KernelIds.DeviceIds(number(name, numbers[1]), pageTable);
      if (devices.put(number(name, numbers[0]), new Numbered(ids, fd)) != null) {
        throw malformed("LISTEN_FDNAMES holds \"" + name + "\", which is none of Holdfast's names");
      }
    } else if (name.startsWith(FILE)) {
      number(name, name.substring(FILE.length()));
    } else {
      throw malformed("LISTEN_FDNAMES holds \"" + name + "\", which is none of Holdfast's names");
    }
  }

  @Override
  public Iommufd iommufd() {
    int fd = left.get(iommufdName);
    if (DescriptorKind.of(syscalls, fd) != DescriptorKind.IOMMUFD) {
      throw notThat("%d, announced as %s,".formatted(fd, iommufdName), fd, Iommufd.PATH);
    }
    left.remove(iommufdName);
    return new Iommufd(syscalls, fd);
  }

  @Override
  public int file(long token) {
    int fd = session.retrieve(token);
    Integer inherited = left.remove(FILE + token);
    if (inherited != null) {
      try (Undo undo = new Undo();
          Memfd other = new Memfd(syscalls, inherited, "inherited file " + token)) {
        Memfd file = undo.closes(new Memfd(syscalls, fd, "preserved file " + token));
        if (!other.identity().equals(file.identity())) {
          throw new SessionException(
              "the inherited descriptor holdfast-file-"
                  + token
                  + " is not the file that the session preserved under token "
                  + token,
              REMEDY);
        }
        undo.forget();
      }
    }
    return fd;
  }

  @Override
  public int ioas(Iommufd iommufd, int index) {
    int id = ioasIds.get(index);
    if (!iommufd.hasIoas(id)) {
      throw new SessionException(
          "the inherited descriptor %s has no IOAS %d".formatted(iommufdName, id), REMEDY);
    }
    return id;
  }

  @Override
  public LiveDevice device(Iommufd iommufd, int index, DeviceState state, LiveIoas ioas) {
    Numbered inherited = devices.get(index);
    if (inherited == null) {
      throw malformed("the restore tool has not handed over device " + state.address());
    }
    left.values().remove(inherited.fd());
    try (Undo undo = new Undo()) {
      VfioCdev cdev =
          undo.closes(
              new VfioCdev(syscalls, inherited.fd(), "inherited device " + state.address()));
      requireNode(inherited.fd(), state);
      if (!cdev.isBoundTo(iommufd)) {
        throw new SessionException(
            "the inherited descriptor of device %s is not bound to the inherited %s"
                .formatted(state.address(), iommufdName),
            REMEDY);
      }
      LiveDevice device = new LiveDevice(state, cdev, iommufd, inherited.ids());
      device.access().setBusMaster(false);
      device.adopt(ioas);
      if (!device.hasRecordedPageTable()) {
        throw malformed(
            "the restore tool has not handed over device "
                + state.address()
                + " with the page table that it has");
      }
      undo.forget();
      return device;
    }
  }

  /** The open file must be the node that sysfs has for the function. */
  private void requireNode(int fd, DeviceState state) {
    String node = new PciSysfs(syscalls).node(state.address(), state.behindIommu());
    Optional<DeviceNumber> number = DeviceNumber.at(syscalls, node);
    if (number.isEmpty() || !DeviceNumber.of(syscalls, fd).equals(number)) {
      throw notThat("of device " + state.address(), fd, node);
    }
  }

  private SessionException notThat(String which, int fd, String expected) {
    return new SessionException(
        "the inherited descriptor %s is %s, not %s"
            .formatted(which, DescriptorKind.link(syscalls, fd), expected),
        REMEDY);
  }

  @Override
  public boolean isMapped() {
    return true;
  }

  @Override
  public void close() {
    left.values().forEach(syscalls::close);
    left.clear();
  }
}
