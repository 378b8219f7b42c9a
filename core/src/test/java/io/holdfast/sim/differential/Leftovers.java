package io.holdfast.sim.differential;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a program has left behind once all of its descriptors and mappings are closed: open files on
 * the whole machine, whoever holds them (a reference cycle inside the kernel, say), and memory of
 * this process that is still pinned.
 */
final class Leftovers {
  private static final Pattern PINNED = Pattern.compile("VmPin:\\s*(\\d+) kB");
  private static final int MOST_BYTES = 4096;

  private final Syscalls kernel;
  private final long files;
  private final long pinnedKilobytes;

  /** Counts what there is now, which is what a program begins with. */
  Leftovers(Syscalls kernel) {
    this.kernel = kernel;
    files = files(kernel);
    pinnedKilobytes = pinnedKilobytes(kernel);
  }

  /** What there is now and was not then, in words; nothing if nothing. */
  Answer now() {
    return Answer.of(
        "0"
            + more(" files ", files(kernel) - files)
            + more(" pinned ", pinnedKilobytes(kernel) - pinnedKilobytes));
  }

  private static String more(String what, long count) {
    return count == 0 ? "" : what + count;
  }

  private static long files(Syscalls kernel) {
    return Long.parseLong(read(kernel, "/proc/sys/fs/file-nr").split("\\s", 2)[0]);
  }

  private static long pinnedKilobytes(Syscalls kernel) {
    Matcher matcher = PINNED.matcher(read(kernel, "/proc/self/status"));
    if (!matcher.find()) {
      throw new IllegalStateException("/proc/self/status has no VmPin");
    }
    return Long.parseLong(matcher.group(1));
  }

  private static String read(Syscalls kernel, String path) {
    byte[] buffer = new byte[MOST_BYTES];
    int count = kernel.readFile(path, buffer);
    if (count < 0) {
      throw new IllegalStateException(path + ": " + Errno.name(-count));
    }
    return new String(buffer, 0, count, StandardCharsets.US_ASCII);
  }
}
