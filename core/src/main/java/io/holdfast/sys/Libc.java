package io.holdfast.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of the C library that Holdfast calls, each answering {@code >= 0} or {@code
 * -errno}.
 *
 * <p>The calls are ordinary downcalls, never {@code Linker.Option.critical}: any of them may sleep
 * in the kernel (an ioctl that pins memory does), and a critical call keeps its thread from
 * reaching a safepoint, so that one sleeping ioctl would stop the garbage collector and with it
 * every other thread. A virtual thread stays on its carrier for the length of a call.
 *
 * <p>The JVM copies errno into a segment of the calling thread before anything else can run on it.
 * The segment belongs to the thread (platform or virtual), is made at its first call and freed
 * after its death; later calls allocate nothing.
 */
final class Libc {
  private Libc() {}

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> CAPTURE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

  private static final MethodHandle OPEN =
      variadic("open", 2, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle IOCTL_POINTER =
      variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle IOCTL_NUMBER =
      variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MEMFD_CREATE =
      function("memfd_create", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle FTRUNCATE =
      function("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle FCNTL =
      variadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle DUP2 = function("dup2", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle STATX =
      function("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle MMAP =
      function("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MUNMAP = function("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PREAD =
      function("pread", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PWRITE =
      function("pwrite", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle READ =
      function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle WRITE =
      function("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle EVENTFD = function("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle GETDENTS64 =
      function("getdents64", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle READLINK =
      function("readlink", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle EXECVE =
      function("execve", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle PTHREAD_SIGMASK =
      function("pthread_sigmask", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle LSEEK =
      function("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle GETPID = function("getpid", JAVA_INT);

  static MethodHandle function(String symbol, MemoryLayout answer, MemoryLayout... arguments) {
    return LinkerHelper.downcall(
        symbol, FunctionDescriptor.of(answer, arguments), Linker.Option.captureCallState("errno"));
  }

  /**
   * As {@link #function}, for a C function whose arguments from number {@code first} on are
   * declared as "...".
   */
  static MethodHandle variadic(
      String symbol, int first, MemoryLayout answer, MemoryLayout... arguments) {
    return LinkerHelper.downcall(
        symbol,
        FunctionDescriptor.of(answer, arguments),
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(first));
  }

  /**
   * Links every function now, so that what is missing is told at once and not in the middle of a
   * driver's work.
   */
  static void link() {
    LibcSockets.link();
    LibcProcess.link();
  }

  static int open(MemorySegment path, int flags, int mode) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) OPEN.invokeExact(state, path, flags, mode));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int close(int fd) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) CLOSE.invokeExact(state, fd));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int ioctl(int fd, long request, MemorySegment argument) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) IOCTL_POINTER.invokeExact(state, fd, request, argument));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int ioctl(int fd, long request, long argument) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) IOCTL_NUMBER.invokeExact(state, fd, request, argument));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int memfd_create(MemorySegment name, int flags) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) MEMFD_CREATE.invokeExact(state, name, flags));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int ftruncate(int fd, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) FTRUNCATE.invokeExact(state, fd, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int dup2(int fd, int newFd) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) DUP2.invokeExact(state, fd, newFd));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int fcntl(int fd, int command, long argument) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) FCNTL.invokeExact(state, fd, command, argument));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int statx(int dirfd, MemorySegment path, int flags, int mask, MemorySegment statx) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) STATX.invokeExact(state, dirfd, path, flags, mask, statx));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) MMAP.invokeExact(state, hint, length, prot, flags, fd, offset));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int munmap(long address, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) MUNMAP.invokeExact(state, address, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long pread(int fd, MemorySegment buffer, long length, long offset) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) PREAD.invokeExact(state, fd, buffer, length, offset));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long pwrite(int fd, MemorySegment buffer, long length, long offset) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) PWRITE.invokeExact(state, fd, buffer, length, offset));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long read(int fd, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) READ.invokeExact(state, fd, buffer, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long write(int fd, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) WRITE.invokeExact(state, fd, buffer, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int eventfd(int initialValue, int flags) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) EVENTFD.invokeExact(state, initialValue, flags));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long getdents64(int fd, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) GETDENTS64.invokeExact(state, fd, buffer, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long readlink(MemorySegment path, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) READLINK.invokeExact(state, path, buffer, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int execve(MemorySegment path, MemorySegment arguments, MemorySegment environment) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) EXECVE.invokeExact(state, path, arguments, environment));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** Unlike all others, the C function answers a positive errno itself. */
  static int pthread_sigmask(int how, MemorySegment set, MemorySegment old) {
    MemorySegment state = CAPTURE.get();
    try {
      return -(int) PTHREAD_SIGMASK.invokeExact(state, how, set, old);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long lseek(int fd, long offset, int whence) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) LSEEK.invokeExact(state, fd, offset, whence));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int getpid() {
    MemorySegment state = CAPTURE.get();
    try {
      return (int) GETPID.invokeExact(state);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** Where the calling thread's errno is captured. */
  static MemorySegment state() {
    return CAPTURE.get();
  }

  static int answer(MemorySegment state, int value) {
    return value == -1 ? -state.get(JAVA_INT, ERRNO) : value;
  }

  static long answer(MemorySegment state, long value) {
    return value == -1 ? -state.get(JAVA_INT, ERRNO) : value;
  }

  /** What a downcall itself refuses (a closed or a heap segment) passes through unchanged. */
  static RuntimeException unexpected(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException refused ? refused : new IllegalStateException(thrown);
  }
}
