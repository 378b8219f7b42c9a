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
  private static final int LONGEST_MEMFD_NAME = 249;
  private static final int O_DIRECTORY = 0200000;
  private static final int O_CREAT = 0100;
  private static final int O_LARGEFILE = 0100000;

  private final SimulatedKernel kernel;
  private final ReentrantLock lock;
  private final Descriptors descriptors;
  private final AddressSpace addressSpace;
  private Credentials credentials;
  private long chargedBytes;
  private boolean dead;

  SimulatedProcess(SimulatedKernel kernel, Credentials credentials) {
    this.kernel = kernel;
    this.lock = kernel.lock();
    this.credentials = credentials;
    this.descriptors = new Descriptors(credentials.openFilesLimit());
    this.addressSpace = new AddressSpace(kernel.memory(), kernel.graveyard());
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

  private void requireAlive() {
    if (dead) {
      throw Failure.of(Errno.ESRCH);
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

  @Override
  public int open(String path, int flags, int mode) {
    return (int)
        call(() -> {
          descriptors.reserve();
          Node node = find(path, flags);
          if ((flags & O_DIRECTORY) != 0 && !(node instanceof Node.Folder)) {
            throw Failure.of(Errno.ENOTDIR);
          }
          OpenFile file =
              node instanceof Node.Device device
                  ? device.open().apply(this, flags)
                  : new PseudoFile(this, node, path, flags);
          return descriptors.install(file, (flags & FcntlUapi.O_CLOEXEC) != 0);
        });
  }

  private Node find(String path, int flags) {
    try {
      return kernel.boot().namespace().find(path);
    } catch (Failure failure) {
      if (failure.errno() == Errno.ENOENT && (flags & O_CREAT) != 0) {
        throw Failure.of(Errno.EROFS);
      }
      throw failure;
    }
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
          int noexec = kernel.machine().memfdNoexec();
          int known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | MFD_NOEXEC_SEAL | MFD_EXEC;
          if (((flags & ~known) != 0 && (flags & MFD_HUGETLB) == 0)
              || (flags & (MFD_NOEXEC_SEAL | MFD_EXEC)) == (MFD_NOEXEC_SEAL | MFD_EXEC)
              || name.getBytes(StandardCharsets.UTF_8).length > LONGEST_MEMFD_NAME) {
            throw Failure.of(Errno.EINVAL);
          }
          boolean sealed =
              (flags & MFD_NOEXEC_SEAL) != 0 || ((flags & MFD_EXEC) == 0 && noexec > 0);
          if (noexec == 2 && !sealed) {
            throw Failure.of(Errno.EACCES);
          }
          descriptors.reserve();
          int seals =
              sealed
                  ? FcntlUapi.F_SEAL_EXEC
                  : (flags & MFD_ALLOW_SEALING) != 0 ? 0 : FcntlUapi.F_SEAL_SEAL;
          MemoryFile memory = kernel.boot().newMemoryFile((flags & MFD_HUGETLB) != 0, seals);
          return descriptors.install(new MemfdFile(memory, name), (flags & MFD_CLOEXEC) != 0);
        });
  }

  @Override
  public int ftruncate(int fd, long length) {
    return (int)
        call(() -> {
          descriptors.get(fd).truncate(length);
          return 0;
        });
  }

  @Override
  public int fcntl(int fd, int command, long argument) {
    return (int)
        call(() -> {
          OpenFile file = descriptors.get(fd);
          return switch (command) {
            case FcntlUapi.F_GETFD -> descriptors.isCloseOnExec(fd) ? FcntlUapi.FD_CLOEXEC : 0;
            case FcntlUapi.F_SETFD -> {
              descriptors.setCloseOnExec(fd, (argument & FcntlUapi.FD_CLOEXEC) != 0);
              yield 0;
            }
            case FcntlUapi.F_GETFL -> file.accessMode() | O_LARGEFILE;
            case FcntlUapi.F_DUPFD_CLOEXEC -> descriptors.installFrom((int) argument, file, true);
            case FcntlUapi.F_GET_SEALS -> memfd(file).memory().seals();
            case FcntlUapi.F_ADD_SEALS -> memfd(file).addSeals((int) argument);
            default -> throw Failure.of(Errno.EINVAL);
          };
        });
  }

  private static MemfdFile memfd(OpenFile file) {
    if (file instanceof MemfdFile memfd) {
      return memfd;
    }
    throw Failure.of(Errno.EINVAL);
  }

  @Override
  public int dup2(int fd, int newFd) {
    return (int)
        call(() -> {
          OpenFile file = descriptors.get(fd);
          if (newFd < Descriptors.FIRST || newFd >= credentials.openFilesLimit()) {
            throw Failure.of(Errno.EBADF);
          }
          if (newFd != fd) {
            descriptors.replace(newFd, file);
          }
          return newFd;
        });
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
            boolean follow = (flags & FcntlUapi.AT_SYMLINK_NOFOLLOW) == 0;
            PseudoFile.fill(kernel.boot().namespace().find(path, follow), statx);
          }
          return 0;
        });
  }

  @Override
  public long mmap(long length, int prot, int flags, int fd, long offset) {
    return call(() -> {
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
    return call(() -> descriptors.get(fd).pread(buffer, offset));
  }

  @Override
  public long pwrite(int fd, MemorySegment buffer, long offset) {
    return call(() -> descriptors.get(fd).pwrite(buffer, offset));
  }

  @Override
  public int eventfd(int initialValue, int flags) {
    return (int)
        call(() -> {
          if ((flags & ~(EventFile.EFD_SEMAPHORE | EventFile.EFD_NONBLOCK | FcntlUapi.O_CLOEXEC))
              != 0) {
            throw Failure.of(Errno.EINVAL);
          }
          EventFile file =
              new EventFile(
                  Integer.toUnsignedLong(initialValue), (flags & EventFile.EFD_SEMAPHORE) != 0);
          return descriptors.install(file, (flags & FcntlUapi.O_CLOEXEC) != 0);
        });
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return call(() -> descriptors.get(fd).read(buffer));
  }

  @Override
  public int readFile(String path, byte[] buffer) {
    return (int)
        call(() -> {
          Node node = kernel.boot().namespace().find(path);
          if (node instanceof Node.Device) {
            throw Failure.of(Errno.EINVAL);
          }
          return new PseudoFile(this, node, path, FcntlUapi.O_RDONLY).readAll(buffer);
        });
  }

  @Override
  public int writeFile(String path, byte[] content) {
    return (int)
        call(() -> {
          new PseudoFile(this, kernel.boot().namespace().find(path), path, FcntlUapi.O_WRONLY)
              .write(content);
          return content.length;
        });
  }

  @Override
  public int listFolder(String path, List<String> names) {
    return (int)
        call(() -> {
          if (path.equals("/proc/self/fd")) {
            descriptors.numbers().forEach(fd -> names.add(Integer.toString(fd)));
            return descriptors.numbers().size();
          }
          if (!(kernel.boot().namespace().find(path) instanceof Node.Folder folder)) {
            throw Failure.of(Errno.ENOTDIR);
          }
          names.addAll(folder.children().keySet());
          return folder.children().size();
        });
  }

  @Override
  public int readLink(String path, List<String> target) {
    return (int)
        call(() -> {
          String text = link(path);
          target.add(text);
          return text.length();
        });
  }

  private String link(String path) {
    String prefix = "/proc/self/fd/";
    if (path.startsWith(prefix)) {
      try {
        return descriptors.get(Integer.parseInt(path.substring(prefix.length()))).describe();
      } catch (NumberFormatException e) {
        throw Failure.of(Errno.ENOENT);
      }
    }
    if (kernel.boot().namespace().find(path, false) instanceof Node.Link link) {
      return link.target();
    }
    throw Failure.of(Errno.EINVAL);
  }

  @Override
  public int execve(String path, List<String> arguments, List<String> environment) {
    return (int)
        call(() -> {
          throw Failure.of(Errno.ENOSYS);
        });
  }

  /** The id of the process of the real machine that the simulated one is in. */
  @Override
  public int getpid() {
    return (int) ProcessHandle.current().pid();
  }
}
