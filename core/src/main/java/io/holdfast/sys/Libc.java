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
import java.util.List;
import java.util.Objects;

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
 *
 * <p>Each function has a class of its own, which the JVM initialises at the first call: linking one
 * takes milliseconds, and no process calls all of them.
 */
final class Libc {
  private Libc() {}

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> CAPTURE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

  /** What is called here, and has to be there. */
  static final List<String> SYMBOLS =
      List.of(
          "open",
          "close",
          "ioctl",
          "memfd_create",
          "ftruncate",
          "fcntl",
          "dup2",
          "statx",
          "mmap",
          "munmap",
          "pread",
          "pwrite",
          "read",
          "write",
          "eventfd",
          "getdents64",
          "readlink",
          "execve",
          "pthread_sigmask",
          "lseek",
          "getpid");

  private static final class Open {
    static final MethodHandle HANDLE = variadic("open", 2, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  }

  private static final class Close {
    static final MethodHandle HANDLE = function("close", JAVA_INT, JAVA_INT);
  }

  private static final class IoctlPointer {
    static final MethodHandle HANDLE = variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
  }

  private static final class IoctlNumber {
    static final MethodHandle HANDLE =
        variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  }

  private static final class MemfdCreate {
    static final MethodHandle HANDLE = function("memfd_create", JAVA_INT, ADDRESS, JAVA_INT);
  }

  private static final class Ftruncate {
    static final MethodHandle HANDLE = function("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  }

  private static final class Fcntl {
    static final MethodHandle HANDLE =
        variadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  }

  private static final class Dup2 {
    static final MethodHandle HANDLE = function("dup2", JAVA_INT, JAVA_INT, JAVA_INT);
  }

  private static final class Statx {
    static final MethodHandle HANDLE =
        function("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  }

  private static final class Mmap {
    static final MethodHandle HANDLE =
        function("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  }

  private static final class Munmap {
    static final MethodHandle HANDLE = function("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
  }

  private static final class Pread {
    static final MethodHandle HANDLE =
        function("pread", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  }

  private static final class Pwrite {
    static final MethodHandle HANDLE =
        function("pwrite", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  }

  private static final class Read {
    static final MethodHandle HANDLE = function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  }

  private static final class Write {
    static final MethodHandle HANDLE = function("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  }

  private static final class Eventfd {
    static final MethodHandle HANDLE = function("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  }

  private static final class Getdents64 {
    static final MethodHandle HANDLE =
        function("getdents64", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  }

  private static final class Readlink {
    static final MethodHandle HANDLE = function("readlink", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
  }

  private static final class Execve {
    static final MethodHandle HANDLE = function("execve", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
  }

  private static final class PthreadSigmask {
    static final MethodHandle HANDLE =
        function("pthread_sigmask", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  }

  private static final class Lseek {
    static final MethodHandle HANDLE = function("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
  }

  private static final class Getpid {
    static final MethodHandle HANDLE = function("getpid", JAVA_INT);
  }

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
   * Looks for every function now, so that what is missing is told at once and not in the middle of
   * a driver's work; so is it if the JVM denies native access, for which one function is linked.
   */
  static void link() {
    LinkerHelper.require(SYMBOLS);
    LinkerHelper.require(LibcSockets.SYMBOLS);
    LinkerHelper.require(LibcProcess.SYMBOLS);
    Objects.requireNonNull(Close.HANDLE);
  }

  static int open(MemorySegment path, int flags, int mode) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) Open.HANDLE.invokeExact(state, path, flags, mode));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int close(int fd) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) Close.HANDLE.invokeExact(state, fd));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int ioctl(int fd, long request, MemorySegment argument) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) IoctlPointer.HANDLE.invokeExact(state, fd, request, argument));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int ioctl(int fd, long request, long argument) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) IoctlNumber.HANDLE.invokeExact(state, fd, request, argument));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int memfd_create(MemorySegment name, int flags) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) MemfdCreate.HANDLE.invokeExact(state, name, flags));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int ftruncate(int fd, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) Ftruncate.HANDLE.invokeExact(state, fd, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int dup2(int fd, int newFd) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) Dup2.HANDLE.invokeExact(state, fd, newFd));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int fcntl(int fd, int command, long argument) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) Fcntl.HANDLE.invokeExact(state, fd, command, argument));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int statx(int dirfd, MemorySegment path, int flags, int mask, MemorySegment statx) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) Statx.HANDLE.invokeExact(state, dirfd, path, flags, mask, statx));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state, (long) Mmap.HANDLE.invokeExact(state, hint, length, prot, flags, fd, offset));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int munmap(long address, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) Munmap.HANDLE.invokeExact(state, address, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long pread(int fd, MemorySegment buffer, long length, long offset) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) Pread.HANDLE.invokeExact(state, fd, buffer, length, offset));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long pwrite(int fd, MemorySegment buffer, long length, long offset) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) Pwrite.HANDLE.invokeExact(state, fd, buffer, length, offset));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long read(int fd, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) Read.HANDLE.invokeExact(state, fd, buffer, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long write(int fd, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) Write.HANDLE.invokeExact(state, fd, buffer, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int eventfd(int initialValue, int flags) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) Eventfd.HANDLE.invokeExact(state, initialValue, flags));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long getdents64(int fd, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) Getdents64.HANDLE.invokeExact(state, fd, buffer, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long readlink(MemorySegment path, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) Readlink.HANDLE.invokeExact(state, path, buffer, length));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int execve(MemorySegment path, MemorySegment arguments, MemorySegment environment) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (int) Execve.HANDLE.invokeExact(state, path, arguments, environment));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** Unlike all others, the C function answers a positive errno itself. */
  static int pthread_sigmask(int how, MemorySegment set, MemorySegment old) {
    MemorySegment state = CAPTURE.get();
    try {
      return -(int) PthreadSigmask.HANDLE.invokeExact(state, how, set, old);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long lseek(int fd, long offset, int whence) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(state, (long) Lseek.HANDLE.invokeExact(state, fd, offset, whence));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int getpid() {
    MemorySegment state = CAPTURE.get();
    try {
      return (int) Getpid.HANDLE.invokeExact(state);
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
