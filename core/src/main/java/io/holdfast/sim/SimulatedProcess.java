package io.holdfast.sim;

import static io.holdfast.uapi.MemfdUapi.*;

import io.holdfast.sys.Errno;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A process on a simulated machine: its system calls, descriptors and memory.
 *
 * <p>{@link #close()} is its death: the kernel closes its descriptors, with all that follows. A
 * dead process's calls answer {@code -ESRCH}, so that objects which outlive it can still be closed.
 */
public final class SimulatedProcess extends ProcessCalls {
  private final SimulatedKernel kernel;
  private final ReentrantLock lock;
  private final Descriptors descriptors;
  private final AddressSpace addressSpace;
  private final PathCalls paths;
  private final ProcessSockets sockets;
  private final ProcessLimits limits;
  private final long number;
  private Credentials credentials;
  private long chargedBytes;
  private long pinnedPages;
  private boolean dead;
  private boolean executes;
  private boolean isolated;

  SimulatedProcess(SimulatedKernel kernel, Credentials credentials) {
    this.kernel = kernel;
    this.lock = kernel.lock();
    this.credentials = credentials;
    this.descriptors = new Descriptors(credentials.openFilesLimit(), kernel.boot().openFiles());
    this.addressSpace =
        new AddressSpace(kernel.memory(), kernel.graveyard(), kernel.machine().hugePages());
    this.paths = new PathCalls(kernel, this);
    this.sockets = new ProcessSockets(kernel.sockets(), this, descriptors);
    this.limits = new ProcessLimits(this);
    this.number = kernel.nextProcess();
  }

  /** What this process may do. */
  public Credentials credentials() {
    return credentials;
  }

  /**
   * Changes what this process may do from now on, as {@code capset(2)} and {@code setrlimit(2)} do.
   */
  public void setCredentials(Credentials changed) {
    lock.lock();
    try {
      credentials = changed;
    } finally {
      lock.unlock();
    }
  }

  /** From now on it has mounts of its own, as a service has; they end with it. */
  public SimulatedProcess isolate() {
    isolated = true;
    return this;
  }

  boolean isIsolated() {
    return isolated;
  }

  public boolean isDead() {
    return dead;
  }

  /** How many descriptors are open. */
  public int openDescriptors() {
    lock.lock();
    try {
      return descriptors.numbers().size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives another process a descriptor of this one's, as SCM_RIGHTS does; answers its number there,
   * or {@code -errno}.
   */
  public int sendDescriptor(int fd, SimulatedProcess receiver) {
    lock.lock();
    try {
      requireAlive();
      receiver.requireAlive();
      return receiver.descriptors.install(descriptors.get(fd), true);
    } catch (Failure failure) {
      return -failure.errno();
    } finally {
      lock.unlock();
    }
  }

  /**
   * From now on {@link #execve} replaces the process's program as far as the kernel goes:
   * close-on-exec descriptors are closed, its memory is gone, and {@link ProcessReplaced} is
   * thrown, since the caller's code does not go on. Which files can be executed is not looked at.
   */
  public SimulatedProcess executing() {
    lock.lock();
    try {
      executes = true;
      return this;
    } finally {
      lock.unlock();
    }
  }

  /** Kills it. */
  @Override
  public void close() {
    lock.lock();
    try {
      die();
    } finally {
      lock.unlock();
    }
  }

  void die() {
    if (!dead) {
      kernel.boot().look(); // What it wrote has been written.
      dead = true;
      addressSpace.die();
      descriptors.closeAll();
      kernel.sockets().changed();
      kernel.remove(this);
    }
  }

  /** Kills it inside a call of its own, which does not return. */
  void kill(String cause) {
    die();
    throw new ProcessKilled(cause);
  }

  @Override
  void requireAlive() {
    if (dead) {
      throw Failure.of(Errno.ESRCH);
    }
  }

  @Override
  SimulatedProcess self() {
    return this;
  }

  @Override
  SimulatedKernel kernel() {
    return kernel;
  }

  @Override
  PathCalls paths() {
    return paths;
  }

  @Override
  ProcessSockets sockets() {
    return sockets;
  }

  @Override
  Descriptors descriptors() {
    return descriptors;
  }

  @Override
  AddressSpace addressSpace() {
    return addressSpace;
  }

  boolean chargeMemoryCgroup(long bytes) {
    if (bytes > credentials.memoryCgroupMaxBytes() - chargedBytes) {
      return false;
    }
    chargedBytes += bytes;
    return true;
  }

  /** Counts pages of the process's that devices have pinned, VmPin of {@code /proc/self/status}. */
  void countPinned(int change) {
    pinnedPages += change;
  }

  long pinnedPages() {
    return pinnedPages;
  }

  @Override
  public int execve(String path, List<String> arguments, List<String> environment) {
    return (int)
        call(() -> {
          if (!executes) {
            throw Failure.of(Errno.ENOSYS);
          }
          if (path.isEmpty()) {
            throw Failure.of(Errno.ENOENT);
          }
          addressSpace.clear(); // The next program's is empty, as a new one.
          descriptors.closeOnExec();
          throw new ProcessReplaced(path, environment);
        });
  }

  @Override
  public int getrlimit(int resource, MemorySegment rlimit) {
    return done(() -> limits.get(resource, rlimit));
  }

  @Override
  public int setrlimit(int resource, MemorySegment rlimit) {
    return done(() -> limits.set(resource, rlimit));
  }

  /** Only of this process; another's is ESRCH. */
  @Override
  public int pidfd_open(int pid, int flags) {
    return (int)
        call(() -> {
          if (pid != getpid()) {
            throw Failure.of(pid <= 0 ? Errno.EINVAL : Errno.ESRCH);
          }
          return descriptors.install(new PidfdFile(number), true);
        });
  }

  @Override
  public int kexec_file_load(int kernelFd, int initrdFd, String commandLine, long flags) {
    return done(() -> new KexecCalls(kernel, this).load(kernelFd, initrdFd, commandLine, flags));
  }

  @Override
  public int reboot(int command) {
    return done(() -> new KexecCalls(kernel, this).reboot(command));
  }

  @Override
  public int geteuid() {
    return credentials().uid();
  }

  /** The id of the process of the real machine that the simulated one is in. */
  @Override
  public int getpid() {
    return (int) ProcessHandle.current().pid();
  }
}
