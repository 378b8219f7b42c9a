package io.holdfast.store;

import io.holdfast.linux.KernelErrors;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.ResourceUapi;
import io.holdfast.uapi.ResourceUapi.rlimit;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** How many descriptors a holder can have. */
final class HolderLimits {
  /** For connections, for the JVM's own files, and to receive with. */
  private static final long RESERVED = HolderState.MAX_CLIENTS + 256;

  private HolderLimits() {}

  /**
   * Raises RLIMIT_NOFILE as far as it goes and is needed; returns how many descriptors can be kept.
   *
   * @throws StoreException not even one can
   */
  static int raise(Syscalls syscalls, int wanted) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limit = arena.allocate(rlimit.LAYOUT.size(), 8);
      int resource = ResourceUapi.RLIMIT_NOFILE;
      KernelErrors.check(syscalls.getrlimit(resource, limit), "getrlimit", "RLIMIT_NOFILE");
      long soft = rlimit.rlim_cur.get(limit);
      long hard = rlimit.rlim_max.get(limit);
      long needed = wanted + RESERVED;
      if (Long.compareUnsigned(soft, needed) < 0) {
        soft = set(syscalls, limit, needed, hard) ? needed : soft;
      }
      if (Long.compareUnsigned(soft, needed) < 0 && set(syscalls, limit, hard, hard)) {
        soft = hard;
      }
      if (Long.compareUnsigned(soft, RESERVED) <= 0) {
        throw new StoreException(
            "RLIMIT_NOFILE is %d, and a holder needs more than %d".formatted(soft, RESERVED),
            "raise the hard limit, in a unit by LimitNOFILE=");
      }
      return (int) Math.min(wanted, soft < 0 ? Long.MAX_VALUE : soft - RESERVED);
    }
  }

  /** Sets the limit, and the hard one too if need be, which takes CAP_SYS_RESOURCE. */
  private static boolean set(Syscalls syscalls, MemorySegment limit, long soft, long hard) {
    rlimit.rlim_cur.set(limit, soft);
    rlimit.rlim_max.set(limit, Long.compareUnsigned(soft, hard) > 0 ? soft : hard);
    return syscalls.setrlimit(ResourceUapi.RLIMIT_NOFILE, limit) == 0;
  }
}
