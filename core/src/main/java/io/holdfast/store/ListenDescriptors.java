package io.holdfast.store;

import static io.holdfast.uapi.FcntlUapi.AT_EMPTY_PATH;
import static io.holdfast.uapi.FcntlUapi.FD_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.F_GETFD;
import static io.holdfast.uapi.FcntlUapi.F_SETFD;
import static io.holdfast.uapi.StatUapi.STATX_BASIC_STATS;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The descriptors a process was started with, by the convention of systemd.
 *
 * <p>LISTEN_FDS of them begin at 3; they are for the process whose id LISTEN_PID is and, where
 * systemd says so, whose pidfd has the inode number LISTEN_PIDFDID; LISTEN_FDNAMES names them,
 * separated by colons. A descriptor without a name is "unknown". Mirrors {@code sd_listen_fds(3)}.
 *
 * <p>Reading it changes nothing but this: every descriptor announced becomes close-on-exec.
 */
public final class ListenDescriptors {
  /** The number of the first. */
  public static final int FIRST = 3;

  /** Far more than a service is given, far less than would hurt. */
  private static final int MOST = 16_384;

  private static final String NO_NAME = "unknown";
  private static final String REMEDY =
      "pass on the environment that systemd or the restore tool has set, unchanged, or unset"
          + " LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES";

  private ListenDescriptors() {}

  /**
   * What an environment announces to this process; nothing if it is meant for another one.
   *
   * @throws StoreException the announcement is malformed, or a descriptor that it names is not
   *     open; none has been changed
   */
  public static List<StoredDescriptor> read(Syscalls syscalls, Map<String, String> environment) {
    List<StoredDescriptor> announced = announced(syscalls, environment);
    int[] flags = new int[announced.size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = syscalls.fcntl(FIRST + i, F_GETFD, 0);
      if (flags[i] < 0) {
        throw malformed(
            "LISTEN_FDS announces %d descriptors, but number %d is %s"
                .formatted(flags.length, FIRST + i, Errno.name(-flags[i])));
      }
    }
    for (int i = 0; i < flags.length; i++) {
      int set = syscalls.fcntl(FIRST + i, F_SETFD, flags[i] | FD_CLOEXEC);
      if (set < 0) {
        throw malformed("descriptor " + (FIRST + i) + " failed with " + Errno.name(-set));
      }
    }
    return announced;
  }

  /**
   * As {@link #read}, but nothing is looked at and nothing changed: the descriptors may be closed
   * or another's by now.
   *
   * @throws StoreException the announcement is malformed
   */
  public static List<StoredDescriptor> announced(
      Syscalls syscalls, Map<String, String> environment) {
    String count = environment.get("LISTEN_FDS");
    String pid = environment.get("LISTEN_PID");
    if (count == null
        || pid == null
        || number("LISTEN_PID", pid, 1, Integer.MAX_VALUE) != syscalls.getpid()
        || !isMeantFor(syscalls, environment.get("LISTEN_PIDFDID"))) {
      return List.of();
    }
    return parse((int) number("LISTEN_FDS", count, 0, MOST), environment.get("LISTEN_FDNAMES"));
  }

  private static List<StoredDescriptor> parse(int count, String names) {
    List<StoredDescriptor> announced = new ArrayList<>();
    String[] split = names == null || names.isEmpty() ? new String[0] : names.split(":", MOST + 1);
    if (split.length != 0 && split.length != count) {
      throw malformed(
          "LISTEN_FDS announces %d descriptors and LISTEN_FDNAMES has %d names"
              .formatted(count, split.length));
    }
    for (int i = 0; i < count; i++) {
      String name = split.length == 0 ? NO_NAME : split[i];
      if (!name.isEmpty() && !DescriptorNames.isValid(name)) {
        throw malformed("LISTEN_FDNAMES has a name at place %d that is none".formatted(i));
      }
      announced.add(new StoredDescriptor(name.isEmpty() ? NO_NAME : name, FIRST + i));
    }
    return announced;
  }

  /**
   * Reads a decimal number strictly: digits only, no sign, no leading zero.
   *
   * @throws StoreException if it is not one, or out of range
   */
  static long number(String variable, String text, long least, long most) {
    boolean digits = text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (digits
        && !text.isEmpty()
        && text.length() < 19
        && !(text.startsWith("0") && text.length() > 1)) {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    }
    String shown = text.length() > 32 ? text.substring(0, 32) + "…" : text;
    throw malformed(
        "%s is \"%s\", not a number from %d to %d".formatted(variable, shown, least, most));
  }

  /** Whether a pidfd of this process has the inode number that was announced, if one was. */
  private static boolean isMeantFor(Syscalls syscalls, String pidfdId) {
    if (pidfdId == null) {
      return true;
    }
    long wanted = number("LISTEN_PIDFDID", pidfdId, 0, Long.MAX_VALUE);
    int pidfd = syscalls.pidfd_open(syscalls.getpid(), 0);
    if (pidfd < 0) {
      return true; // a kernel or a C library without pidfds; LISTEN_PID has decided
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(statx.LAYOUT.size(), 8);
      int answer = syscalls.statx(pidfd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, status);
      return answer < 0 || statx.stx_ino.get(status) == wanted;
    } finally {
      syscalls.close(pidfd);
    }
  }

  private static StoreException malformed(String problem) {
    return new StoreException(problem, REMEDY);
  }
}
