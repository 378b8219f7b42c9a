package io.holdfast.sys;

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
public final class NativeSyscalls extends NativePathCalls {
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

  /** Does ahead what the first calls take milliseconds for: linking. Fails as {@link #open}. */
  public static void preload() {
    open().close();
    Libc.linkMixed();
  }

  /**
   * Remembers why linking failed: the JVM reports the cause of a failed static initialiser only
   * once.
   */
  private static final class LinkFailure {
    private static volatile HoldfastException first;
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
  public long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    return Libc.mmap(hint, length, prot, flags, fd, offset);
  }

  @Override
  public int munmap(long address, long length) {
    return Libc.munmap(address, length);
  }

  @Override
  public int madvise(long address, long length, int advice) {
    return LibcProcess.madvise(address, length, advice);
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

  @Override
  public long write(int fd, MemorySegment buffer) {
    long answer;
    do {
      answer = Libc.write(fd, buffer, buffer.byteSize());
    } while (answer == -Errno.EINTR);
    return answer;
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
}
