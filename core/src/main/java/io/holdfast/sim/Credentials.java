package io.holdfast.sim;

/**
 * What a simulated process may do: its effective capabilities and resource limits.
 *
 * @param capabilities the CapEff bit set, bit n for capability number n of {@code
 *     linux/capability.h}
 * @param memoryLockLimitBytes RLIMIT_MEMLOCK, which counts only without CAP_IPC_LOCK
 * @param openFilesLimit RLIMIT_NOFILE
 * @param memoryCgroupMaxBytes {@code memory.max} of the process's cgroup: what pages retrieved from
 *     a LUO session are charged to; {@link Long#MAX_VALUE} for no limit
 * @param uid the user, which sockets and what is made in the file system know; 0 for root
 */
public record Credentials(
    long capabilities,
    long memoryLockLimitBytes,
    int openFilesLimit,
    long memoryCgroupMaxBytes,
    int uid) {
  public static final int CAP_DAC_OVERRIDE = 1;
  public static final int CAP_IPC_LOCK = 14;
  public static final int CAP_SYS_RAWIO = 17;
  public static final int CAP_SYS_ADMIN = 21;
  public static final int CAP_SYS_BOOT = 22;
  public static final int CAP_SYS_RESOURCE = 24;

  private static final long ALL_CAPABILITIES = (1L << 41) - 1;

  /**
   * Root with every capability; 8 MiB of lockable memory (which CAP_IPC_LOCK overrides), 4,096
   * descriptors.
   */
  public static Credentials root() {
    return new Credentials(ALL_CAPABILITIES, 8 << 20, 4096, Long.MAX_VALUE, 0);
  }

  /** The same without one capability. */
  public Credentials without(int capability) {
    return new Credentials(
        capabilities & ~(1L << capability),
        memoryLockLimitBytes,
        openFilesLimit,
        memoryCgroupMaxBytes,
        uid);
  }

  public Credentials withMemoryLockLimitBytes(long bytes) {
    return new Credentials(capabilities, bytes, openFilesLimit, memoryCgroupMaxBytes, uid);
  }

  public Credentials withOpenFilesLimit(int descriptors) {
    return new Credentials(
        capabilities, memoryLockLimitBytes, descriptors, memoryCgroupMaxBytes, uid);
  }

  public Credentials withMemoryCgroupMaxBytes(long bytes) {
    return new Credentials(capabilities, memoryLockLimitBytes, openFilesLimit, bytes, uid);
  }

  /** The same for another user, who keeps the capabilities as a service's ambient ones. */
  public Credentials withUid(int user) {
    return new Credentials(
        capabilities, memoryLockLimitBytes, openFilesLimit, memoryCgroupMaxBytes, user);
  }

  public boolean has(int capability) {
    return (capabilities & (1L << capability)) != 0;
  }
}
