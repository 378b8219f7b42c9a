package io.holdfast.sim;

import static io.holdfast.uapi.MemfdUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A simulated process's calls about files, descriptors and memory. */
abstract sealed class ProcessCalls extends ProcessSocketCalls implements Syscalls
    permits SimulatedProcess {
  abstract SimulatedProcess self();

  abstract Descriptors descriptors();

  abstract AddressSpace addressSpace();

  abstract PathCalls paths();

  /** Offsets and lengths are looked at before the descriptor is. */
  private static void requirePositive(long offset) {
    if (offset < 0) {
      throw Failure.of(Errno.EINVAL);
    }
  }

  @Override
  public final int open(String path, int flags, int mode) {
    return (int)
        call(() -> {
          descriptors().reserve();
          OpenFile file = paths().open(path, flags);
          return descriptors().install(file, (flags & FcntlUapi.O_CLOEXEC) != 0);
        });
  }

  @Override
  public final int close(int fd) {
    return (int)
        call(() -> {
          descriptors().close(fd);
          return 0;
        });
  }

  @Override
  public final int ioctl(int fd, long request, MemorySegment argument) {
    return (int) call(() -> descriptors().get(fd).ioctl(self(), request, argument));
  }

  @Override
  public final int ioctl(int fd, long request, long argument) {
    return (int) call(() -> descriptors().get(fd).ioctl(self(), request, argument));
  }

  @Override
  public final int memfd_create(String name, int flags) {
    return (int)
        call(() -> {
          int seals = MemfdFile.initialSeals(name, flags, kernel().machine().memfdNoexec());
          descriptors().reserve();
          MemoryFile memory = kernel().boot().newMemoryFile((flags & MFD_HUGETLB) != 0, seals);
          return descriptors().install(new MemfdFile(memory, name), (flags & MFD_CLOEXEC) != 0);
        });
  }

  @Override
  public final int ftruncate(int fd, long length) {
    return (int)
        call(() -> {
          requirePositive(length);
          descriptors().get(fd).truncate(length);
          return 0;
        });
  }

  @Override
  public final int fcntl(int fd, int command, long argument) {
    return (int) call(() -> descriptors().control(fd, command, argument));
  }

  @Override
  public final int dup2(int fd, int newFd) {
    return (int) call(() -> descriptors().duplicate(fd, newFd));
  }

  @Override
  public final int statx(int dirfd, String path, int flags, int mask, MemorySegment statx) {
    return (int)
        call(() -> {
          if (path.isEmpty()) {
            if ((flags & FcntlUapi.AT_EMPTY_PATH) == 0) {
              throw Failure.of(Errno.ENOENT);
            }
            descriptors().get(dirfd).stat(statx);
          } else {
            paths().stat(path, (flags & FcntlUapi.AT_SYMLINK_NOFOLLOW) == 0, statx);
          }
          return 0;
        });
  }

  /** The JVM chooses where: a hint is never taken. */
  @Override
  public final long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    return call(() -> {
      if (offset % PhysicalMemory.PAGE_BYTES != 0) {
        throw Failure.of(Errno.EINVAL);
      }
      OpenFile file = (flags & MmanUapi.MAP_ANONYMOUS) != 0 ? null : descriptors().get(fd);
      return addressSpace().map(length, prot, flags, file, offset);
    });
  }

  @Override
  public final int munmap(long address, long length) {
    return (int)
        call(() -> {
          addressSpace().unmap(address, length);
          return 0;
        });
  }

  @Override
  public final int madvise(long address, long length, int advice) {
    return (int)
        call(() -> {
          addressSpace().advise(address, length, advice);
          return 0;
        });
  }

  @Override
  public final int mbind(long address, long length, int mode, MemorySegment nodes, int flags) {
    return done(() ->
        new NumaRequests(addressSpace(), kernel().memory())
            .bind(address, length, mode, nodes, flags));
  }

  @Override
  public final int move_pages(MemorySegment pages, MemorySegment status) {
    return done(() -> new NumaRequests(addressSpace(), kernel().memory()).tell(pages, status));
  }

  @Override
  public final long pread(int fd, MemorySegment buffer, long offset) {
    return call(() -> {
      requirePositive(offset);
      return descriptors().get(fd).pread(buffer, offset);
    });
  }

  @Override
  public final long pwrite(int fd, MemorySegment buffer, long offset) {
    return call(() -> {
      requirePositive(offset);
      return descriptors().get(fd).pwrite(buffer, offset);
    });
  }

  @Override
  public final int eventfd(int initialValue, int flags) {
    return (int)
        call(() -> {
          EventFile file =
              new EventFile(
                  Integer.toUnsignedLong(initialValue), flags, kernel().sockets()::changed);
          return descriptors().install(file, (flags & FcntlUapi.O_CLOEXEC) != 0);
        });
  }

  @Override
  public final long read(int fd, MemorySegment buffer) {
    return call(() -> descriptors().get(fd).read(buffer));
  }

  @Override
  public final long write(int fd, MemorySegment buffer) {
    return call(() -> descriptors().get(fd).write(buffer));
  }

  @Override
  public final int readFile(String path, byte[] buffer) {
    return (int) call(() -> paths().read(path, buffer));
  }

  @Override
  public final int writeFile(String path, byte[] content) {
    return (int) call(() -> paths().write(path, content));
  }

  @Override
  public final int listFolder(String path, List<String> names) {
    return (int) call(() -> paths().list(path, names));
  }

  @Override
  public final int readLink(String path, List<String> target) {
    return (int)
        call(() -> {
          String text = paths().link(path);
          target.add(text);
          return text.getBytes(StandardCharsets.UTF_8).length;
        });
  }

  @Override
  public final int mkdir(String path, int mode) {
    return done(() -> paths().mkdir(path, mode));
  }

  @Override
  public final int unlink(String path) {
    return done(() -> paths().unlink(path));
  }

  @Override
  public final int fchmod(int fd, int mode) {
    return done(() -> descriptors().get(fd).chmod(mode));
  }
}
