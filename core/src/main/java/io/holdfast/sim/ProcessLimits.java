package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.ResourceUapi;
import io.holdfast.uapi.ResourceUapi.rlimit;
import java.lang.foreign.MemorySegment;

/** A process's RLIMIT_NOFILE, the one limit that can be asked for and changed. */
final class ProcessLimits {
  /** {@code fs.nr_open}. */
  private static final long MOST_OPEN_FILES = 1 << 20;

  private final SimulatedProcess process;
  private long hard;

  ProcessLimits(SimulatedProcess process) {
    this.process = process;
    this.hard = process.credentials().openFilesLimit();
  }

  void get(int resource, MemorySegment into) {
    require(resource);
    rlimit.rlim_cur.set(into, process.credentials().openFilesLimit());
    rlimit.rlim_max.set(into, hard);
  }

  void set(int resource, MemorySegment from) {
    require(resource);
    long soft = rlimit.rlim_cur.get(from);
    long most = rlimit.rlim_max.get(from);
    if (Long.compareUnsigned(soft, most) > 0) {
      throw Failure.of(Errno.EINVAL);
    }
    boolean raises = Long.compareUnsigned(most, hard) > 0;
    if (Long.compareUnsigned(most, MOST_OPEN_FILES) > 0
        || (raises && !process.credentials().has(Credentials.CAP_SYS_RESOURCE))) {
      throw Failure.of(Errno.EPERM);
    }
    hard = most;
    process.setCredentials(process.credentials().withOpenFilesLimit((int) soft));
    process.descriptors().limit((int) soft);
  }

  private static void require(int resource) {
    if (resource != ResourceUapi.RLIMIT_NOFILE) {
      throw Failure.of(Errno.EINVAL);
    }
  }
}
