package io.holdfast.engine;

import io.holdfast.disk.Disk;
import io.holdfast.sys.Syscalls;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One process on a host: its system calls, its disk, and what has to end when it dies.
 *
 * <p>A real process takes everything in it along when it dies. A simulated one dies in a JVM that
 * lives on, so its host calls {@link #died} and whatever is {@linkplain #register registered} ends
 * then, as it would have. Thread-safe.
 */
public final class HostProcess {
  /** How a host gives the engine what it needs; implemented by every host. */
  public interface Access {
    /** The process that new sessions live in. */
    HostProcess process();
  }

  /** Something that ends with its process. */
  @FunctionalInterface
  public interface Resident {
    /** The process has died: nothing can be called, and nothing more must be written. */
    void processDied();
  }

  /**
   * What ends with the process even if nobody has closed its resident, and that was collected
   * before: a file that this JVM has locked, say. Does not refer to the resident.
   */
  interface Remains extends Resident {
    /** Whether it has ended. */
    boolean isOver();
  }

  /** A resident, and what is left of one that was collected; null for nothing. */
  private record Residence(WeakReference<Resident> resident, Remains remains) {
    boolean isOver() {
      return resident.get() == null && (remains == null || remains.isOver());
    }

    Resident whoever() {
      Resident alive = resident.get();
      return alive != null ? alive : remains;
    }
  }

  /** What the process that runs this code has taken, by whatever host it was. */
  private static final RetainedSessions OF_THIS_PROCESS = new RetainedSessions();

  private final Syscalls syscalls;
  private final Disk disk;
  private final RetainedSessions retained;
  private final ManifestDecoder manifests;
  private final List<Residence> residents;

  /** A process with these system calls, which keeps its files on this disk. */
  public HostProcess(Syscalls syscalls, Disk disk) {
    this(syscalls, disk, new RetainedSessions(), new ManifestDecoder(), new ArrayList<>());
  }

  private HostProcess(
      Syscalls syscalls,
      Disk disk,
      RetainedSessions retained,
      ManifestDecoder manifests,
      List<Residence> residents) {
    this.syscalls = syscalls;
    this.disk = disk;
    this.retained = retained;
    this.manifests = manifests;
    this.residents = residents;
  }

  /**
   * The process that runs this code. All of these are one and the same: what one has taken out of
   * the kernel or out of the environment, the others do not look for there.
   */
  public static HostProcess ofThisProcess(Syscalls syscalls, Disk disk) {
    return new HostProcess(
        syscalls, disk, OF_THIS_PROCESS, new ManifestDecoder(), new ArrayList<>());
  }

  /** The same process, its kernel called by another way, such as a traced one. */
  public HostProcess calledBy(Syscalls other) {
    return new HostProcess(other, disk, retained, manifests, residents);
  }

  /**
   * The process behind a host.
   *
   * @throws IllegalArgumentException if the host is none of Holdfast's
   */
  public static HostProcess of(Object host) {
    if (host instanceof Access access) {
      return access.process();
    }
    throw new IllegalArgumentException(
        host.getClass().getName() + " is not a host of Holdfast's; use Host.local()");
  }

  /** How the kernel is called. */
  public Syscalls syscalls() {
    return syscalls;
  }

  /** Where journals and manifests are kept. */
  public Disk disk() {
    return disk;
  }

  /** What decodes the manifests of a restore. */
  public ManifestDecoder manifests() {
    return manifests;
  }

  /** Sessions taken from the kernel and kept for another try. */
  RetainedSessions retained() {
    return retained;
  }

  /** Lets something end with the process; it is not kept from being collected. */
  void register(Resident resident) {
    register(resident, null);
  }

  /** As {@link #register(Resident)}, with what ends in its place if it has been collected. */
  void register(Resident resident, Remains remains) {
    synchronized (residents) {
      residents.removeIf(Residence::isOver);
      residents.add(new Residence(new WeakReference<>(resident), remains));
    }
  }

  /** Ends everything that lives in the process. */
  public void died() {
    List<Resident> left;
    synchronized (residents) {
      left = residents.stream().map(Residence::whoever).filter(Objects::nonNull).toList();
      residents.clear();
    }
    left.forEach(Resident::processDied);
    retained.clear();
  }
}
