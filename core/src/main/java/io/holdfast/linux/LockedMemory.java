package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import java.util.Optional;
import java.util.regex.Pattern;

/** How much memory the calling process may pin. */
public final class LockedMemory {
  /** What {@code /proc/self/limits} says for no limit. */
  public static final String UNLIMITED = "unlimited";

  private static final Pattern COLUMNS = Pattern.compile("\\s{2,}");

  private LockedMemory() {}

  /**
   * The soft RLIMIT_MEMLOCK in bytes, or {@link #UNLIMITED}; empty if {@code /proc} does not say.
   */
  public static Optional<String> limit(Syscalls syscalls) {
    return SmallFiles.field(syscalls, "/proc/self/limits", "Max locked memory")
        .flatMap(values -> COLUMNS.splitAsStream(values).findFirst());
  }

  /** Why pinning was refused with ENOMEM, as far as it can be seen, and what to do. */
  static String remedy(Syscalls syscalls) {
    if (Capabilities.has(syscalls, Capabilities.CAP_IPC_LOCK).orElse(false)) {
      return "this process may pin without limit (CAP_IPC_LOCK), so the kernel itself is short of"
          + " memory; free some and try again";
    }
    Optional<String> limit = limit(syscalls);
    return limit.filter(UNLIMITED::equals).isPresent()
        ? "RLIMIT_MEMLOCK is unlimited, so the kernel itself is short of memory; free some and try"
            + " again"
        : "pinning would exceed RLIMIT_MEMLOCK"
            + limit.map(bytes -> " (" + bytes + " bytes)").orElse("")
            + ", or the kernel is short of memory; raise LimitMEMLOCK or give the service"
            + " CAP_IPC_LOCK";
  }
}
