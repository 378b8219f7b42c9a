package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import java.util.Optional;

/** The calling process's capabilities, from {@code /proc/self/status}. */
public final class Capabilities {
  // Numbers of include/uapi/linux/capability.h.
  public static final int CAP_IPC_LOCK = 14;
  public static final int CAP_SYS_RAWIO = 17;

  private static final String EFFECTIVE = "CapEff:";
  private static final String STATUS = "/proc/self/status";

  private Capabilities() {}

  /** Whether a capability is in effect; empty if {@code /proc} does not say. */
  public static Optional<Boolean> has(Syscalls syscalls, int number) {
    return SmallFiles.readable(syscalls, STATUS).flatMap(status -> in(status, number));
  }

  /**
   * Whether a capability is in effect.
   *
   * @throws io.holdfast.model.KernelException if {@code /proc} cannot be read
   */
  public static boolean require(Syscalls syscalls, int number) {
    return in(SmallFiles.require(syscalls, STATUS), number).orElse(false);
  }

  private static Optional<Boolean> in(String status, int number) {
    return status
        .lines()
        .filter(line -> line.startsWith(EFFECTIVE))
        .findFirst()
        .map(line -> line.substring(EFFECTIVE.length()).strip())
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
