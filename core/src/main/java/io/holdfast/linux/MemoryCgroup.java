package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import java.util.Optional;

/** The limit of a process's memory cgroup ({@code Documentation/admin-guide/cgroup-v2.rst}). */
public final class MemoryCgroup {
  private MemoryCgroup() {}

  /**
   * The text of {@code memory.max}: a number of bytes, or {@code max}; empty if it cannot be read.
   *
   * @param process its id, or {@code self}
   */
  public static Optional<String> limit(Syscalls syscalls, String process) {
    return SmallFiles.field(syscalls, "/proc/" + process + "/cgroup", "0::")
        .flatMap(path ->
            SmallFiles.readable(
                syscalls, "/sys/fs/cgroup" + (path.equals("/") ? "" : path) + "/memory.max"));
  }
}
