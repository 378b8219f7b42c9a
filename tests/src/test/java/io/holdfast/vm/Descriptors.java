package io.holdfast.vm;

import static io.holdfast.vm.Results.require;

import io.holdfast.Host;
import io.holdfast.engine.HostProcess;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What this process has open, and what it was told that it has inherited. */
final class Descriptors {
  private Descriptors() {}

  /** One a line: its number, what it is, and its flags. */
  static String of(Host host) {
    Syscalls kernel = HostProcess.of(host).syscalls();
    Map<Integer, String> open = new TreeMap<>();
    List<String> numbers = new ArrayList<>();
    kernel.listFolder("/proc/self/fd", numbers);
    for (String number : numbers) {
      List<String> target = new ArrayList<>();
      int fd = Integer.parseInt(number);
      // What was open only while the directory was read is not there any more.
      if (kernel.readLink("/proc/self/fd/" + number, target) > 0) {
        int flags = kernel.fcntl(fd, FcntlUapi.F_GETFD, 0);
        open.put(fd, fd + " " + target.getFirst() + " " + flags);
      }
    }
    return String.join("\n", open.values());
  }

  /**
   * Every descriptor of a session has to be close-on-exec. Files that the JVM has opened by itself
   * are not: it closes them where it executes something.
   */
  static String requireNoneToPassOn(Host host) {
    int count = 0;
    for (String line : of(host).lines().toList()) {
      if (line.matches("[0-9]+ (anon_inode:|/dev/iommu|/dev/vfio|.*\\(deleted\\)).*")) {
        int fd = Integer.parseInt(line.substring(0, line.indexOf(' ')));
        require(fd < 3 || line.endsWith(" 1"), "%s would be passed on", line);
        count++;
      }
    }
    return count + " descriptors are close-on-exec";
  }

  /** The announced descriptors by their names. */
  static Map<String, Integer> announced() {
    Map<String, Integer> announced = new LinkedHashMap<>();
    int fd = 3;
    for (String name : System.getenv("LISTEN_FDNAMES").split(":", -1)) {
      announced.put(name, fd++);
    }
    return announced;
  }
}
