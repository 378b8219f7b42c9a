package io.holdfast.lives;

import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_unmap;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * System calls that hesitate where another thread can get in between, and that notice what must not
 * happen there: a descriptor closed while a call uses it, or a register access on a descriptor that
 * is not the device's. Thread-safe.
 */
final class WatchedCalls extends ForwardingSyscalls {
  private static final int DESCRIPTORS = 4096;
  private static final String DEVICES = "/dev/vfio/devices/";

  private final AtomicIntegerArray users = new AtomicIntegerArray(DESCRIPTORS);
  private final Map<Integer, String> nodes = new ConcurrentHashMap<>();
  private final Map<Long, Integer> unmaps = new ConcurrentHashMap<>();
  private final Queue<String> violations = new ConcurrentLinkedQueue<>();
  private final ThreadLocal<String> expected = new ThreadLocal<>();
  private final AtomicLong mapped = new AtomicLong();
  private final AtomicLong step = new AtomicLong();

  /** Even while the watched device's buffers may be pinned, odd while they cannot be. */
  private final AtomicLong pinEpoch = new AtomicLong();

  private volatile String watchedNode = "";
  private volatile String lastNode = "";
  private volatile long seed;

  WatchedCalls(Syscalls process) {
    super(process);
  }

  /** Begins a round. */
  void begin(long roundSeed) {
    seed = roundSeed;
    step.set(0);
    unmaps.clear();
    pinEpoch.set(0);
    watchedNode = "";
  }

  /** The device that was opened last is the one whose IOAS is read. */
  void watchLastDevice() {
    watchedNode = lastNode;
  }

  /** Register accesses of this thread must reach the watched device. */
  void expectWatchedDevice() {
    expected.set(watchedNode);
  }

  /** How often the kernel has unmapped what begins at an IOVA. */
  int unmapsAt(long iova) {
    return unmaps.getOrDefault(iova, 0);
  }

  long pinEpoch() {
    return pinEpoch.get();
  }

  /** How many mappings of files there are. */
  long mapped() {
    return mapped.get();
  }

  Queue<String> violations() {
    return violations;
  }

  @SuppressWarnings("ThreadPriorityCheck") // Only stirs the order in which threads run.
  private void hesitate() {
    SplittableRandom random = new SplittableRandom(seed ^ step.incrementAndGet() << 20);
    switch (random.nextInt(4)) {
      case 0 -> LockSupport.parkNanos(random.nextInt(1, 200_000));
      case 1 -> Thread.yield();
      default -> {}
    }
  }

  private void enter(int fd) {
    if (fd >= 0) {
      users.incrementAndGet(fd);
      hesitate();
    }
  }

  private void leave(int fd) {
    if (fd >= 0) {
      users.decrementAndGet(fd);
    }
  }

  private void reaches(int fd, String call) {
    String wanted = expected.get();
    if (wanted != null && !wanted.equals(nodes.get(fd))) {
      violations.add(call + " meant for " + wanted + " reached " + nodes.get(fd));
    }
  }

  @Override
  public int open(String path, int flags, int mode) {
    int fd = super.open(path, flags, mode);
    if (fd >= 0) {
      nodes.put(fd, path);
      if (path.startsWith(DEVICES)) {
        lastNode = path;
      }
    }
    return fd;
  }

  @Override
  public int close(int fd) {
    if (users.get(fd) > 0) {
      violations.add(
          "descriptor " + fd + " (" + nodes.get(fd) + ") is closed while a call uses it");
    }
    String node = nodes.remove(fd);
    int answer = super.close(fd);
    if (node != null && node.equals(watchedNode)) {
      pinEpoch.incrementAndGet();
      hesitate();
    }
    return answer;
  }

  @Override
  public int ioctl(int fd, long request, MemorySegment argument) {
    enter(fd);
    try {
      if (request == io.holdfast.uapi.VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT
          && watchedNode.equals(nodes.get(fd))) {
        pinEpoch.updateAndGet(now -> now + (now & 1));
      }
      int answer = super.ioctl(fd, request, argument);
      if (request == IommufdUapi.IOMMU_IOAS_UNMAP && answer >= 0) {
        unmaps.merge(iommu_ioas_unmap.iova.get(argument), 1, Integer::sum);
        hesitate();
      }
      return answer;
    } finally {
      leave(fd);
    }
  }

  @Override
  public long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    enter(fd);
    try {
      long address = super.mmap(hint, length, prot, flags, fd, offset);
      if (address > 0) {
        mapped.incrementAndGet();
      }
      return address;
    } finally {
      leave(fd);
    }
  }

  @Override
  public int munmap(long address, long length) {
    mapped.decrementAndGet();
    return super.munmap(address, length);
  }

  @Override
  public long pread(int fd, MemorySegment buffer, long offset) {
    enter(fd);
    try {
      reaches(fd, "pread");
      return super.pread(fd, buffer, offset);
    } finally {
      leave(fd);
    }
  }

  @Override
  public long pwrite(int fd, MemorySegment buffer, long offset) {
    enter(fd);
    try {
      reaches(fd, "pwrite");
      return super.pwrite(fd, buffer, offset);
    } finally {
      leave(fd);
    }
  }
}
