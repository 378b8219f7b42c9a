package io.holdfast.sys;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.model.HoldfastException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The running Linux kernel, reached through the C library.
 *
 * <p>Thread-safe and without state: threads of both kinds may share one instance, each gets its own
 * errno. A call blocks the calling thread (a virtual thread with its carrier) until the kernel
 * answers. The paths that take a struct ({@link #ioctl}, {@link #pread}, {@link #read}, {@link
 * #pwrite}) allocate nothing once a thread has made its first call.
 *
 * <p>EINTR is repeated where an interrupted call has had no effect or repeating it has the same
 * one: open, read, pread, pwrite, ftruncate, statx, readlink. It is not repeated for close (the
 * descriptor is gone), fcntl (waiting for a lock is meant to be interruptible), write (a sysfs
 * attribute may have acted) and ioctl: most requests are not repeatable (a second IOMMU_IOAS_ALLOC
 * makes a second IOAS), and the JVM's own signal handlers are installed with SA_RESTART, so that
 * the kernel itself resumes what only they have interrupted.
 *
 * <p>A segment that is on the heap or already closed is refused with IllegalArgumentException or
 * IllegalStateException before the kernel is asked, as is a path with a zero byte in it.
 */
public final class NativeSyscalls extends NativeSocketCalls implements Syscalls {
  /**
   * The longest path the kernel takes or a link can hold, with its terminating zero ({@code
   * linux/limits.h}).
   */
  private static final int PATH_MAX = 4096;

  /** Enough for some hundred names a call; the kernel fills it with whole entries. */
  private static final int FOLDER_BUFFER_BYTES = 32 * 1024;

  /**
   * {@code struct linux_dirent64} ({@code linux/dirent.h} in the kernel): u64 ino, s64 off, u16
   * reclen, u8 type, name.
   */
  private static final long DIRENT_LENGTH_OFFSET = 16;

  private static final long DIRENT_NAME_OFFSET = 19;

  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_CLOEXEC = 0x80000;

  /**
   * One of the few constants that x86-64 ({@code asm-generic/fcntl.h}) and arm64 ({@code
   * asm/fcntl.h}) spell differently.
   */
  private static final int O_DIRECTORY =
      System.getProperty("os.arch").equals("aarch64") ? 0x4000 : 0x10000;

  private static final int SIG_SETMASK = 2;

  /** glibc's {@code sigset_t}; the kernel uses its first 8 bytes. */
  private static final long SIGSET_BYTES = 128;

  private NativeSyscalls() {}

  /**
   * The kernel this process runs on.
   *
   * @throws NativeAccessDeniedException the JVM denies native access; the message has the flag to
   *     start it with
   * @throws MissingSymbolException the C library is too old
   */
  @SuppressWarnings("StaticAssignmentOfThrowable") // kept for the second caller, see LinkFailure
  public static synchronized NativeSyscalls open() {
    try {
      Libc.link();
    } catch (ExceptionInInitializerError failed) {
      if (failed.getCause() instanceof HoldfastException refused) {
        LinkFailure.first = refused;
        throw refused;
      }
      throw failed;
    } catch (NoClassDefFoundError failedBefore) {
      if (LinkFailure.first != null) {
        throw LinkFailure.first;
      }
      throw failedBefore;
    }
    return new NativeSyscalls();
  }

  /**
   * Remembers why linking failed: the JVM reports the cause of a failed static initialiser only
   * once.
   */
  private static final class LinkFailure {
    private static volatile HoldfastException first;
  }

  @Override
  public int open(String path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      return open(string(arena, path), flags, mode);
    }
  }

  private static int open(MemorySegment path, int flags, int mode) {
    int answer;
    do {
      answer = Libc.open(path, flags, mode);
    } while (answer == -Errno.EINTR);
    return answer;
  }

  @Override
  public int close(int fd) {
    return Libc.close(fd);
  }

  @Override
  public int ioctl(int fd, long request, MemorySegment argument) {
    return Libc.ioctl(fd, request, argument);
  }

  @Override
  public int ioctl(int fd, long request, long argument) {
    return Libc.ioctl(fd, request, argument);
  }

  @Override
  public int memfd_create(String name, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return Libc.memfd_create(string(arena, name), flags);
    }
  }

  @Override
  public int ftruncate(int fd, long length) {
    int answer;
    do {
      answer = Libc.ftruncate(fd, length);
    } while (answer == -Errno.EINTR);
    return answer;
  }

  @Override
  public int fcntl(int fd, int command, long argument) {
    return Libc.fcntl(fd, command, argument);
  }

  @Override
  public int dup2(int fd, int newFd) {
    return Libc.dup2(fd, newFd);
  }

  @Override
  public int statx(int dirfd, String path, int flags, int mask, MemorySegment statx) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = string(arena, path);
      int answer;
      do {
        answer = Libc.statx(dirfd, name, flags, mask, statx);
      } while (answer == -Errno.EINTR);
      return answer;
    }
  }

  @Override
  public long mmap(long length, int prot, int flags, int fd, long offset) {
    return Libc.mmap(length, prot, flags, fd, offset);
  }

  @Override
  public int munmap(long address, long length) {
    return Libc.munmap(address, length);
  }

  @Override
  public long pread(int fd, MemorySegment buffer, long offset) {
    long answer;
    do {
      answer = Libc.pread(fd, buffer, buffer.byteSize(), offset);
    } while (answer == -Errno.EINTR);
    return answer;
  }

  @Override
  public long pwrite(int fd, MemorySegment buffer, long offset) {
    long answer;
    do {
      answer = Libc.pwrite(fd, buffer, buffer.byteSize(), offset);
    } while (answer == -Errno.EINTR);
    return answer;
  }

  @Override
  public int eventfd(int initialValue, int flags) {
    return Libc.eventfd(initialValue, flags);
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return read(fd, buffer, buffer.byteSize());
  }

  private static long read(int fd, MemorySegment buffer, long length) {
    long answer;
    do {
      answer = Libc.read(fd, buffer, length);
    } while (answer == -Errno.EINTR);
    return answer;
  }

  @Override
  public int readFile(String path, byte[] buffer) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = open(string(arena, path), O_RDONLY | O_CLOEXEC, 0);
      if (fd < 0) {
        return fd;
      }
      try {
        return readToEnd(fd, arena.allocate(Math.max(1, buffer.length)), buffer);
      } finally {
        Libc.close(fd);
      }
    }
  }

  private static int readToEnd(int fd, MemorySegment copy, byte[] buffer) {
    int filled = 0;
    while (filled < buffer.length) {
      long read = read(fd, copy.asSlice(filled), buffer.length - filled);
      if (read < 0) {
        return (int) read;
      }
      if (read == 0) {
        break;
      }
      filled += (int) read;
    }
    MemorySegment.copy(copy, ValueLayout.JAVA_BYTE, 0, buffer, 0, filled);
    return filled;
  }

  @Override
  public int writeFile(String path, byte[] content) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = open(string(arena, path), O_WRONLY | O_CLOEXEC, 0);
      if (fd < 0) {
        return fd;
      }
      MemorySegment copy = arena.allocate(Math.max(1, content.length));
      MemorySegment.copy(content, 0, copy, ValueLayout.JAVA_BYTE, 0, content.length);
      int written = (int) Libc.write(fd, copy, content.length);
      int closed = Libc.close(fd);
      return written < 0 || closed == 0 ? written : closed;
    }
  }

  @Override
  public int listFolder(String path, List<String> names) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = open(string(arena, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
      if (fd < 0) {
        return fd;
      }
      try {
        return listFolder(fd, arena.allocate(FOLDER_BUFFER_BYTES, Long.BYTES), names);
      } finally {
        Libc.close(fd);
      }
    }
  }

  private static int listFolder(int fd, MemorySegment entries, List<String> names) {
    int count = 0;
    while (true) {
      long filled = Libc.getdents64(fd, entries, entries.byteSize());
      if (filled <= 0) {
        return filled < 0 ? (int) filled : count;
      }
      for (long at = 0; at < filled; ) {
        String name = entries.getString(at + DIRENT_NAME_OFFSET, UTF_8);
        if (!name.equals(".") && !name.equals("..")) {
          names.add(name);
          count++;
        }
        at += entries.get(ValueLayout.JAVA_SHORT, at + DIRENT_LENGTH_OFFSET) & 0xffff;
      }
    }
  }

  @Override
  public int readLink(String path, List<String> target) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PATH_MAX);
      MemorySegment link = string(arena, path);
      long length;
      do {
        length = Libc.readlink(link, buffer, PATH_MAX);
      } while (length == -Errno.EINTR);
      if (length == PATH_MAX) {
        return -Errno.ENAMETOOLONG; // readlink cuts silently
      }
      if (length >= 0) {
        target.add(new String(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), UTF_8));
      }
      return (int) length;
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>The JVM blocks signals in its threads (SIGQUIT for one) and a blocked signal stays blocked
   * in the program that replaces it, so the mask is emptied first, and put back if the kernel
   * refuses.
   */
  @Override
  public int execve(String path, List<String> arguments, List<String> environment) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program = string(arena, path);
      MemorySegment argv = strings(arena, arguments);
      MemorySegment envp = strings(arena, environment);
      MemorySegment none = arena.allocate(SIGSET_BYTES, Long.BYTES);
      MemorySegment before = arena.allocate(SIGSET_BYTES, Long.BYTES);
      int masked = Libc.pthread_sigmask(SIG_SETMASK, none, before);
      if (masked < 0) {
        return masked;
      }
      int refused = Libc.execve(program, argv, envp);
      Libc.pthread_sigmask(SIG_SETMASK, before, MemorySegment.NULL);
      return refused;
    }
  }

  /**
   * {@code lseek(2)}. Not in {@link Syscalls}: it is only asked about ordinary files on the disk
   * under the state directory, which is the real one whatever the kernel is.
   */
  public long lseek(int fd, long offset, int whence) {
    return Libc.lseek(fd, offset, whence);
  }

  @Override
  public int mkdir(String path, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      return LibcProcess.mkdir(string(arena, path), mode);
    }
  }

  @Override
  public int unlink(String path) {
    try (Arena arena = Arena.ofConfined()) {
      return LibcProcess.unlink(string(arena, path));
    }
  }

  @Override
  public int fchmod(int fd, int mode) {
    return LibcProcess.fchmod(fd, mode);
  }

  @Override
  public int getrlimit(int resource, MemorySegment rlimit) {
    return LibcProcess.getrlimit(resource, rlimit);
  }

  @Override
  public int setrlimit(int resource, MemorySegment rlimit) {
    return LibcProcess.setrlimit(resource, rlimit);
  }

  @Override
  public int pidfd_open(int pid, int flags) {
    return LibcProcess.pidfd_open(pid, flags);
  }

  @Override
  public int geteuid() {
    return LibcProcess.geteuid();
  }

  @Override
  public int getpid() {
    return Libc.getpid();
  }

  /** Does nothing: descriptors and mappings belong to the process, not to this object. */
  @Override
  public void close() {
    // Nothing is held.
  }

  private static MemorySegment strings(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(ValueLayout.ADDRESS, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ValueLayout.ADDRESS, i, string(arena, texts.get(i)));
    }
    array.setAtIndex(ValueLayout.ADDRESS, texts.size(), MemorySegment.NULL);
    return array;
  }

  /**
   * C ends a string at its first zero byte: with one inside, the kernel would see another path than
   * the caller wrote.
   */
  static MemorySegment string(Arena arena, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a zero byte in " + text.replace("\0", "\\0"));
    }
    return arena.allocateFrom(text, UTF_8);
  }
}
