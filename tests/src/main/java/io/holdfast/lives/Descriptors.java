package io.holdfast.lives;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a process has open: each number's file, and whether it is close-on-exec.
 *
 * @param byNumber the numbers, ascending, with what they are
 */
record Descriptors(Map<Integer, String> byNumber) {
  /** What is open now. */
  static Descriptors of(Syscalls process) {
    List<String> numbers = new ArrayList<>();
    process.listFolder("/proc/self/fd", numbers);
    Map<Integer, String> open = new TreeMap<>();
    for (String number : numbers) {
      int fd = Integer.parseInt(number);
      List<String> target = new ArrayList<>();
      process.readLink("/proc/self/fd/" + number, target);
      open.put(fd, target + " " + process.fcntl(fd, FcntlUapi.F_GETFD, 0));
    }
    return new Descriptors(open);
  }
}
