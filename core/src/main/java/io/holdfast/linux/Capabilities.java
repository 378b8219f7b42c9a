package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import java.util.Optional;

/** The calling process's capabilities, from {@code /proc/self/status}. */
public final class Capabilities {
  // Numbers of include/uapi/linux/capability.h.
  public static final int CAP_IPC_LOCK = 14;
  public static final int CAP_SYS_RAWIO = 17;

  private Capabilities() {}

  /** Whether a capability is in effect; empty if {@code /proc} does not say. */
  public static Optional<Boolean> has(Syscalls syscalls, int number) {
    return SmallFiles.field(syscalls, "/proc/self/status", "CapEff:")
        .flatMap(Capabilities::hex)
        .map(set -> (set >>> number & 1) == 1);
  }

  private static Optional<Long> hex(String text) {
    try {
      return Optional.of(Long.parseUnsignedLong(text, 16));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
