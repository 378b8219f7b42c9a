package io.holdfast.sim;

import static io.holdfast.uapi.MemfdUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A process on a simulated machine: its system calls, descriptors and memory.
 *
 * <p>{@link #close()} is its death: the kernel closes its descriptors, with all that follows. A
 * dead process's calls answer {@code -ESRCH}, so that objects which outlive it can still be closed.
 */
public final class SimulatedProcess implements Syscalls {

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

  SimulatedProcess(SimulatedKernel kernel, Credentials credentials) {
    this.kernel = kernel;
    this.lock = kernel.lock();
    this.credentials = credentials;
    this.descriptors = new Descriptors(credentials.openFilesLimit(), kernel.boot().openFiles());
    this.addressSpace = new AddressSpace(kernel.memory(), kernel.graveyard());
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

  Descriptors descriptors() {
    return descriptors;
  }

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

  private void requireAlive() {
    if (dead) {
      throw Failure.of(Errno.ESRCH);
    }
  }

  /** Offsets and lengths are looked at before the descriptor is. */
  private static void requirePositive(long offset) {
    if (offset < 0) {
      throw Failure.of(Errno.EINVAL);
    }
  }

  @FunctionalInterface
  private interface Call {
    long run();
  }

  private long call(Call body) {
    lock.lock();
    try {
      requireAlive();
      return body.run();
    } catch (Failure failure) {
      return -failure.errno();
    } finally {
      lock.unlock();
    }
  }

  private int done(Runnable body) {
    return (int)
        call(() -> {
          body.run();
          return 0;
        });
  }

  @Override
  public int open(String path, int flags, int mode) {
    return (int)
        call(() -> {
          descriptors.reserve();
          OpenFile file = paths.open(path, flags);
          return descriptors.install(file, (flags & FcntlUapi.O_CLOEXEC) != 0);
        });
  }

  @Override
  public int close(int fd) {
    return (int)
        call(() -> {
          descriptors.close(fd);
          return 0;
        });
  }

  @Override
  public int ioctl(int fd, long request, MemorySegment argument) {
    return (int) call(() -> descriptors.get(fd).ioctl(this, request, argument));
  }

  @Override
  public int ioctl(int fd, long request, long argument) {
    return (int) call(() -> descriptors.get(fd).ioctl(this, request, argument));
  }

  @Override
  public int memfd_create(String name, int flags) {
    return (int)
        call(() -> {
          int seals = MemfdFile.initialSeals(name, flags, kernel.machine().memfdNoexec());
          descriptors.reserve();
          MemoryFile memory = kernel.boot().newMemoryFile((flags & MFD_HUGETLB) != 0, seals);
          return descriptors.install(new MemfdFile(memory, name), (flags & MFD_CLOEXEC) != 0);
        });
  }

  @Override
  public int ftruncate(int fd, long length) {
    return (int)
        call(() -> {
          requirePositive(length);
          descriptors.get(fd).truncate(length);
          return 0;
        });
  }

  @Override
  public int fcntl(int fd, int command, long argument) {
    return (int) call(() -> descriptors.control(fd, command, argument));
  }

  @Override
  public int dup2(int fd, int newFd) {
    return (int) call(() -> descriptors.duplicate(fd, newFd));
  }

  @Override
  public int statx(int dirfd, String path, int flags, int mask, MemorySegment statx) {
    return (int)
        call(() -> {
          if (path.isEmpty()) {
            if ((flags & FcntlUapi.AT_EMPTY_PATH) == 0) {
              throw Failure.of(Errno.ENOENT);
            }
            descriptors.get(dirfd).stat(statx);
          } else {
            paths.stat(path, (flags & FcntlUapi.AT_SYMLINK_NOFOLLOW) == 0, statx);
          }
          return 0;
        });
  }

  @Override
  public long mmap(long length, int prot, int flags, int fd, long offset) {
    return call(() -> {
      if (offset % PhysicalMemory.PAGE_BYTES != 0) {
        throw Failure.of(Errno.EINVAL);
      }
      OpenFile file = (flags & MmanUapi.MAP_ANONYMOUS) != 0 ? null : descriptors.get(fd);
      return addressSpace.map(length, prot, flags, file, offset);
    });
  }

  @Override
  public int munmap(long address, long length) {
    return (int)
        call(() -> {
          addressSpace.unmap(address, length);
          return 0;
        });
  }

  @Override
  public long pread(int fd, MemorySegment buffer, long offset) {
    return call(() -> {
      requirePositive(offset);
      return descriptors.get(fd).pread(buffer, offset);
    });
  }

  @Override
  public long pwrite(int fd, MemorySegment buffer, long offset) {
    return call(() -> {
      requirePositive(offset);
      return descriptors.get(fd).pwrite(buffer, offset);
    });
  }

  @Override
  public int eventfd(int initialValue, int flags) {
    return (int)
        call(() -> {
          EventFile file = new EventFile(Integer.toUnsignedLong(initialValue), flags);
          return descriptors.install(file, (flags & FcntlUapi.O_CLOEXEC) != 0);
        });
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return call(() -> descriptors.get(fd).read(buffer));
  }

  @Override
  public int readFile(String path, byte[] buffer) {
    return (int) call(() -> paths.read(path, buffer));
  }

  @Override
  public int writeFile(String path, byte[] content) {
    return (int) call(() -> paths.write(path, content));
  }

  @Override
  public int listFolder(String path, List<String> names) {
    return (int) call(() -> paths.list(path, names));
  }

  @Override
  public int readLink(String path, List<String> target) {
    return (int)
        call(() -> {
          String text = paths.link(path);
          target.add(text);
          return text.getBytes(StandardCharsets.UTF_8).length;
        });
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
          addressSpace.die(); // The next program's is empty, as a new one.
          descriptors.closeOnExec();
          throw new ProcessReplaced(path, environment);
        });
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    return (int) call(() -> sockets.socket(domain, type, protocol));
  }

  @Override
  public int socketpair(int domain, int type, int protocol, int[] fds) {
    return (int) call(() -> sockets.socketpair(domain, type, protocol, fds));
  }

  @Override
  public int bind(int fd, MemorySegment address) {
    return (int) call(() -> sockets.bind(fd, address));
  }

  @Override
  public int listen(int fd, int backlog) {
    return (int) call(() -> sockets.listen(fd, backlog));
  }

  @Override
  public int connect(int fd, MemorySegment address) {
    return (int) call(() -> sockets.connect(fd, address));
  }

  @Override
  public int accept4(int fd, int flags) {
    return (int) call(() -> sockets.accept4(fd, flags));
  }

  @Override
  public long sendmsg(int fd, MemorySegment message, int flags) {
    return call(() -> sockets.sendmsg(fd, message, flags));
  }

  @Override
  public long recvmsg(int fd, MemorySegment message, int flags) {
    return call(() -> sockets.recvmsg(fd, message, flags));
  }

  @Override
  public int shutdown(int fd, int how) {
    return (int) call(() -> sockets.shutdown(fd, how));
  }

  @Override
  public int getsockopt(int fd, int level, int option, MemorySegment value) {
    return (int) call(() -> sockets.getsockopt(fd, level, option, value));
  }

  @Override
  public int poll(MemorySegment pollfds, int timeoutMillis) {
    return (int) call(() -> sockets.poll(pollfds, timeoutMillis));
  }

  @Override
  public int mkdir(String path, int mode) {
    return done(() -> paths.mkdir(path, mode));
  }

  @Override
  public int unlink(String path) {
    return done(() -> paths.unlink(path));
  }

  @Override
  public int fchmod(int fd, int mode) {
    return done(() -> descriptors.get(fd).chmod(mode));
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
