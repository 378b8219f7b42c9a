package io.holdfast.sys;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The one seam between Holdfast and a kernel: the system calls it makes, and the small files and
 * folders it reads.
 *
 * <p>Every method answers as the kernel does: a value {@code >= 0}, or {@code -errno} ({@link
 * Errno}). None throws for what the kernel refuses, none retries but for EINTR where repeating is
 * safe, and none keeps state of its own. Everything above is one implementation that runs on the
 * real kernel ({@code NativeSyscalls}) and on the simulated one.
 *
 * <p>Memory handed to {@link #ioctl} and its struct's pointer fields must be native (off-heap).
 * Implementations may be used from many threads at once. Arguments are those of the manual pages:
 * lengths and offsets in bytes, paths absolute.
 */
public interface Syscalls extends SocketCalls, BootCalls, NumaCalls, AutoCloseable {
  /** {@code open(2)}; {@code mode} matters only with O_CREAT. Answers a descriptor. */
  int open(String path, int flags, int mode);

  /**
   * {@code close(2)}; never retried, since Linux has closed the descriptor even when it answers
   * EINTR.
   */
  int close(int fd);

  /** {@code ioctl(2)} whose argument is a pointer to a struct; allocates nothing. */
  int ioctl(int fd, long request, MemorySegment argument);

  /** {@code ioctl(2)} whose argument is a number, or none (0). */
  int ioctl(int fd, long request, long argument);

  /** {@code memfd_create(2)}; answers a descriptor. */
  int memfd_create(String name, int flags);

  /** {@code ftruncate(2)}. */
  int ftruncate(int fd, long length);

  /** {@code fcntl(2)} with a number for its argument. */
  int fcntl(int fd, int command, long argument);

  /**
   * {@code dup2(2)}: makes {@code newFd} another name of {@code fd}, inheritable over exec; answers
   * {@code newFd}.
   */
  int dup2(int fd, int newFd);

  /**
   * {@code statx(2)} into a {@code struct statx}; {@code fstat} is {@code statx(fd, "",
   * AT_EMPTY_PATH, …)}.
   */
  int statx(int dirfd, String path, int flags, int mask, MemorySegment statx);

  /** {@code mmap(2)} at an address the kernel chooses; answers the address. */
  default long mmap(long length, int prot, int flags, int fd, long offset) {
    return mmap(0, length, prot, flags, fd, offset);
  }

  /**
   * {@code mmap(2)} at {@code hint} if that is free, else at an address the kernel chooses; answers
   * the address. 0 is no hint.
   */
  long mmap(long hint, long length, int prot, int flags, int fd, long offset);

  /** {@code munmap(2)}. */
  int munmap(long address, long length);

  /** {@code madvise(2)}. */
  int madvise(long address, long length, int advice);

  /** {@code pread(2)} into the whole of {@code buffer} (native memory); answers the bytes read. */
  long pread(int fd, MemorySegment buffer, long offset);

  /**
   * {@code pwrite(2)} from the whole of {@code buffer} (native memory); answers the bytes written.
   */
  long pwrite(int fd, MemorySegment buffer, long offset);

  /** {@code eventfd2(2)}; answers a descriptor. */
  int eventfd(int initialValue, int flags);

  /** {@code read(2)} into the whole of {@code buffer} (native memory); answers the bytes read. */
  long read(int fd, MemorySegment buffer);

  /** {@code write(2)} of the whole of {@code buffer} (native memory); answers the bytes written. */
  long write(int fd, MemorySegment buffer);

  /**
   * Reads a small file (of /sys, /proc, /dev or /etc) from its start into {@code buffer}; answers
   * the bytes read. What does not fit is left unread.
   */
  int readFile(String path, byte[] buffer);

  /** Writes {@code content} to an existing file with one {@code write(2)}, as sysfs wants it. */
  int writeFile(String path, byte[] content);

  /**
   * Adds the names in a folder to {@code names}, without "." and "..", in no certain order; answers
   * how many.
   */
  int listFolder(String path, List<String> names);

  /**
   * {@code readlink(2)}: adds the link's target as the one element of {@code target}; answers its
   * length in bytes.
   */
  int readLink(String path, List<String> target);

  /** {@code execve(2)}: replaces this process; only ever answers {@code -errno}. */
  int execve(String path, List<String> arguments, List<String> environment);

  /** {@code mkdir(2)}. */
  int mkdir(String path, int mode);

  /** {@code unlink(2)}. */
  int unlink(String path);

  /** {@code fchmod(2)}; of a socket that is not bound yet, the mode its node will be made with. */
  int fchmod(int fd, int mode);

  /** {@code getrlimit(2)} into a {@code struct rlimit}. */
  int getrlimit(int resource, MemorySegment rlimit);

  /** {@code setrlimit(2)} from a {@code struct rlimit}. */
  int setrlimit(int resource, MemorySegment rlimit);

  /** {@code pidfd_open(2)}; returns a descriptor. */
  int pidfd_open(int pid, int flags);

  /** The effective user id of the calling process; unsigned, and cannot fail. */
  int geteuid();

  /** The id of the calling process, as {@code getpid(2)} tells it. */
  int getpid();

  /**
   * Releases what the implementation holds; for the simulated kernel this is the death of the
   * process.
   */
  @Override
  void close();
}
