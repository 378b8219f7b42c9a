package io.holdfast.doctor;

import io.holdfast.linux.Capabilities;
import io.holdfast.linux.LockedMemory;
import io.holdfast.linux.MemoryCgroup;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What Holdfast needs of the calling process: its capabilities and the limits set for it. */
final class ProcessChecks {
  private final Syscalls kernel;

  ProcessChecks(Syscalls kernel) {
    this.kernel = kernel;
  }

  List<HostCheck> all() {
    List<HostCheck> checks = new ArrayList<>(List.of(rawIo(), lockedMemory()));
    memoryCgroup().ifPresent(checks::add);
    return checks;
  }

  private HostCheck rawIo() {
    String name = "cap-sys-rawio";
    Optional<Boolean> held = Capabilities.has(kernel, Capabilities.CAP_SYS_RAWIO);
    if (held.isEmpty()) {
      return HostCheck.notOk(name, "cannot be read from /proc/self/status", "mount /proc");
    }
    return held.get()
        ? HostCheck.ok(name, "this process has CAP_SYS_RAWIO")
        : HostCheck.notOk(
            name,
            "this process lacks CAP_SYS_RAWIO, which opening a noiommu device and asking for"
                + " physical addresses need",
            "run as root, or give it AmbientCapabilities=CAP_SYS_RAWIO in its systemd unit");
  }

  private HostCheck lockedMemory() {
    String name = "locked-memory";
    if (Capabilities.has(kernel, Capabilities.CAP_IPC_LOCK).orElse(false)) {
      return HostCheck.ok(name, "CAP_IPC_LOCK: no limit on pinned memory");
    }
    String limit = LockedMemory.limit(kernel).orElse("unknown");
    return limit.equals(LockedMemory.UNLIMITED)
        ? HostCheck.ok(name, "RLIMIT_MEMLOCK is unlimited")
        : HostCheck.warning(
            name,
            "without CAP_IPC_LOCK at most "
                + limit
                + " bytes can be pinned (RLIMIT_MEMLOCK); past it mapping is"
                + " answered ENOMEM",
            "run as root, or: ulimit -l unlimited");
  }

  /**
   * Retrieved memory is charged to the retriever's memory cgroup, and a limit that is too small
   * destroys it.
   */
  private Optional<HostCheck> memoryCgroup() {
    String name = "memory-cgroup";
    return MemoryCgroup.limit(kernel, "self")
        .map(limit ->
            limit.equals("max")
                ? HostCheck.ok(name, "no limit on this process's memory cgroup")
                : HostCheck.warning(
                    name,
                    "this process's memory cgroup is limited to "
                        + limit
                        + " bytes; memory that is restored"
                        + " counts, and what does not fit is destroyed",
                    "set MemoryMax=infinity for the unit that restores, or make sure that all DMA"
                        + " memory fits"));
  }
}
