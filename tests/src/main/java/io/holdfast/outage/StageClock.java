package io.holdfast.outage;

import io.holdfast.session.RestoreListener;
import io.holdfast.session.Stage;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.LiveupdateUapi;
import io.holdfast.uapi.VfioUapi;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;

/**
 * Finds out by the system calls of a restore which stage it is in, and how long it was in each.
 *
 * <p>A stage lasts from its first call to the first call of another one, so what Holdfast does
 * after a call is counted to that call's stage. The clock is only read where the stage changes: ten
 * thousand mappings in a row cost no more than one. Where stages alternate, each has the sum of its
 * times, and all of them together are the time that has passed. Thread-safe.
 */
final class StageClock extends ForwardingSyscalls implements RestoreListener {
  private final boolean timesKernel;
  private final Map<OutageStage, Long> nanos = new EnumMap<>(OutageStage.class);
  private volatile OutageStage current;
  private long since;
  private long kernelNanos;

  /**
   * A clock over these system calls.
   *
   * @param timesKernel whether the time within ioctls is measured too, for a kernel that is slow
   *     and no part of what is measured: the simulated one
   */
  StageClock(Syscalls delegate, boolean timesKernel) {
    super(delegate);
    this.timesKernel = timesKernel;
  }

  /** A restore begins, at this time of {@link System#nanoTime}. */
  synchronized void begin(long nowNanos) {
    nanos.clear();
    kernelNanos = 0;
    since = nowNanos;
    current = OutageStage.SESSION;
  }

  /** The restore is over; what each of its stages took, in nanoseconds. */
  synchronized Map<OutageStage, Long> end() {
    move(null);
    return new EnumMap<>(nanos);
  }

  /** How much of it was spent in ioctls, in nanoseconds; 0 unless that is measured. */
  synchronized long kernelNanos() {
    return kernelNanos;
  }

  private synchronized void move(OutageStage next) {
    if (current != null) {
      long now = System.nanoTime();
      nanos.merge(current, now - since, Long::sum);
      since = now;
    }
    current = next;
  }

  @Override
  public int ioctl(int fd, long request, MemorySegment argument) {
    OutageStage before = current;
    if (before == null) {
      return super.ioctl(fd, request, argument);
    }
    OutageStage stage = stageOf(request, before);
    if (stage != before) {
      move(stage);
    }
    int answer = timesKernel ? timed(fd, request, argument) : super.ioctl(fd, request, argument);
    if (request == LiveupdateUapi.LIVEUPDATE_IOCTL_RETRIEVE_SESSION) {
      move(OutageStage.MANIFEST);
    } else if (request == LiveupdateUapi.LIVEUPDATE_SESSION_FINISH) {
      move(OutageStage.HAND_OVER);
    }
    return answer;
  }

  private int timed(int fd, long request, MemorySegment argument) {
    long began = System.nanoTime();
    int answer = super.ioctl(fd, request, argument);
    long took = System.nanoTime() - began;
    synchronized (this) {
      kernelNanos += took;
    }
    return answer;
  }

  private static OutageStage stageOf(long request, OutageStage before) {
    if (request == IommufdUapi.IOMMU_IOAS_MAP_FILE) {
      return OutageStage.MAP;
    }
    if (request == IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA) {
      return OutageStage.VERIFY;
    }
    if (request == LiveupdateUapi.LIVEUPDATE_SESSION_RETRIEVE_FD) {
      return before == OutageStage.MANIFEST || before == OutageStage.SESSION
          ? OutageStage
              .MANIFEST // Its own file, the only one that is retrieved before a device is bound.
          : OutageStage.RETRIEVE;
    }
    if (request == VfioUapi.VFIO_DEVICE_BIND_IOMMUFD || request == IommufdUapi.IOMMU_IOAS_ALLOC) {
      return OutageStage.ATTACH;
    }
    return request == LiveupdateUapi.LIVEUPDATE_SESSION_FINISH ? OutageStage.FINISH : before;
  }

  @Override
  public void onProgress(Stage stage, String item, int done, int total) {
    if (stage == Stage.VERIFY && done == total) {
      move(OutageStage.HAND_OVER);
    }
  }
}
