package io.holdfast;

import io.holdfast.linux.LiveUpdate;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Puts wrong descriptors where a program was told that it has inherited something, and wrong names
 * into what it was told. Not thread-safe.
 */
final class HostileDescriptors {
  private static final int FIRST = 3;
  private static final int ASIDE = 300;

  private static final String[] NAMES = {
    "",
    "web",
    "holdfast-",
    "holdfast-unknown-1",
    "holdfast-file-",
    "holdfast-file-99",
    "holdfast-file--1",
    "holdfast-file-1x",
    "holdfast-file-99999999999",
    "holdfast-device-0",
    "holdfast-device-0-0",
    "holdfast-device-7-1",
    "holdfast-device-0-1-1",
    "holdfast-iommufd-",
    "holdfast-iommufd-9-",
    "holdfast-iommufd-1-1-",
    "holdfast-iommufd--1-",
    "holdfast-Session",
    "HOLDFAST-SESSION",
    "holdfast-session ",
    "x".repeat(300)
  };

  private static final String[] COUNTS = {
    "", "0", "1", "6", "8", "-7", "+7", "07", "7 ", "9999999999", "x"
  };

  /** Another descriptor, made in the process. */
  private interface Making {
    int make(Syscalls process);
  }

  private static final Map<String, Making> OTHERS = new LinkedHashMap<>();

  static {
    OTHERS.put("a memfd", process -> memfd(process, 8192));
    OTHERS.put("an empty memfd", process -> memfd(process, 0));
    OTHERS.put("a large memfd", process -> memfd(process, 1 << 24));
    OTHERS.put("/dev/null", process -> open(process, "/dev/null", FcntlUapi.O_RDWR));
    OTHERS.put("another iommufd", process -> open(process, "/dev/iommu", FcntlUapi.O_RDWR));
    OTHERS.put(
        "a file of sysfs", process -> open(process, "/sys/bus/pci/devices/0000:00:04.0/vendor", 0));
    OTHERS.put("/dev/liveupdate", process -> open(process, LiveUpdate.PATH, FcntlUapi.O_RDWR));
    OTHERS.put("a socket", process -> process.socket(1, 1, 0));
    OTHERS.put("a pidfd", process -> process.pidfd_open(process.getpid(), 0));
    OTHERS.put("nothing", process -> -1);
  }

  /**
   * Something that is done to what was inherited.
   *
   * @param what in words
   */
  record Change(String what, Doing doing) {}

  /** What a change does; it may change the environment, too. */
  interface Doing {
    void run(Syscalls process, Map<String, String> environment);
  }

  private final int count;

  /** Changes of so many descriptors. */
  HostileDescriptors(int count) {
    this.count = count;
  }

  private static int memfd(Syscalls process, long sizeBytes) {
    int fd = process.memfd_create("other", MemfdUapi.MFD_EXEC);
    process.ftruncate(fd, sizeBytes);
    return fd;
  }

  private static int open(Syscalls process, String path, int flags) {
    return process.open(path, flags, 0);
  }

  /** Every single change there is. */
  List<Change> all() {
    List<Change> all = new ArrayList<>();
    for (int place = 0; place < count; place++) {
      int at = FIRST + place;
      OTHERS.forEach((what, making) ->
          all.add(
              new Change(what + " as number " + at, (process, to) -> put(process, at, making))));
      for (int other = place + 1; other < count; other++) {
        int with = FIRST + other;
        all.add(
            new Change(
                "numbers " + at + " and " + with + " exchanged",
                (process, to) -> exchange(process, at, with)));
        all.add(
            new Change(
                "number " + with + " as number " + at + ", too",
                (process, to) -> process.dup2(with, at)));
      }
      int name = place;
      for (String wrong : NAMES) {
        all.add(
            new Change(
                "number " + at + " called \"" + wrong + "\"",
                (process, to) -> rename(to, name, wrong)));
      }
      all.add(new Change("number " + at + " not named", (process, to) -> rename(to, name, null)));
    }
    for (String wrong : COUNTS) {
      all.add(new Change("LISTEN_FDS=" + wrong, (process, to) -> to.put("LISTEN_FDS", wrong)));
    }
    return all;
  }

  /** Two changes at once. */
  Change random(Random random, List<Change> all) {
    Change one = all.get(random.nextInt(all.size()));
    Change other = all.get(random.nextInt(all.size()));
    return new Change(
        one.what() + ", " + other.what(),
        (process, environment) -> {
          one.doing().run(process, environment);
          other.doing().run(process, environment);
        });
  }

  private static void put(Syscalls process, int at, Making making) {
    int other = making.make(process);
    if (other < 0) {
      process.close(at);
    } else if (other != at) {
      process.dup2(other, at);
      process.close(other);
    }
  }

  private static void exchange(Syscalls process, int one, int other) {
    process.dup2(one, ASIDE);
    process.dup2(other, one);
    process.dup2(ASIDE, other);
    process.close(ASIDE);
  }

  private static void rename(Map<String, String> environment, int place, String name) {
    List<String> names =
        new ArrayList<>(Arrays.asList(environment.get("LISTEN_FDNAMES").split(":", -1)));
    if (place < names.size()) {
      if (name == null) {
        names.remove(place);
      } else {
        names.set(place, name);
      }
    }
    environment.put("LISTEN_FDNAMES", String.join(":", names));
  }
}
