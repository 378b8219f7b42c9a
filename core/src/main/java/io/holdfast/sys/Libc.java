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
 * <p>Linking takes milliseconds for each signature, and in an emulated machine a hundred times as
 * many. So functions share four of them: a number is passed in a whole register, of which the
 * function takes the lower half if it is an {@code int}, arguments that it does not have are zero
 * in registers that it does not look at, and of the answer of an {@code int} function only the
 * lower half is believed. That holds for every function of up to six such arguments, variadic ones
 * too, by the calling conventions of Linux on x86-64 and AArch64. Each signature and each function
 * has a class of its own, which the JVM initialises at the first call.
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

  /** Up to six numbers. */
  private static final class Numbers {
    static final MethodHandle HANDLE =
        shape(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  }

  /** Two numbers and a struct: ioctl. */
  private static final class Struct {
    static final MethodHandle HANDLE = shape(JAVA_LONG, JAVA_LONG, ADDRESS);
  }

  /** A descriptor, a buffer and up to two numbers. */
  private static final class Buffer {
    static final MethodHandle HANDLE = shape(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG);
  }

  /** Paths and buffers; numbers among them are passed as addresses, the fourth as itself. */
  private static final class Pointers {
    static final MethodHandle HANDLE = shape(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  }

  private static final class Open {
    static final MemorySegment AT = LinkerHelper.find("open");
  }

  private static final class Close {
    static final MemorySegment AT = LinkerHelper.find("close");
  }

  private static final class Ioctl {
    static final MemorySegment AT = LinkerHelper.find("ioctl");
  }

  private static final class MemfdCreate {
    static final MemorySegment AT = LinkerHelper.find("memfd_create");
  }

  private static final class Ftruncate {
    static final MemorySegment AT = LinkerHelper.find("ftruncate");
  }

  private static final class Fcntl {
    static final MemorySegment AT = LinkerHelper.find("fcntl");
  }

  private static final class Dup2 {
    static final MemorySegment AT = LinkerHelper.find("dup2");
  }

  private static final class Statx {
    static final MemorySegment AT = LinkerHelper.find("statx");
  }

  private static final class Mmap {
    static final MemorySegment AT = LinkerHelper.find("mmap");
  }

  private static final class Munmap {
    static final MemorySegment AT = LinkerHelper.find("munmap");
  }

  private static final class Pread {
    static final MemorySegment AT = LinkerHelper.find("pread");
  }

  private static final class Pwrite {
    static final MemorySegment AT = LinkerHelper.find("pwrite");
  }

  private static final class Read {
    static final MemorySegment AT = LinkerHelper.find("read");
  }

  private static final class Write {
    static final MemorySegment AT = LinkerHelper.find("write");
  }

  private static final class Eventfd {
    static final MemorySegment AT = LinkerHelper.find("eventfd");
  }

  private static final class Getdents64 {
    static final MemorySegment AT = LinkerHelper.find("getdents64");
  }

  private static final class Readlink {
    static final MemorySegment AT = LinkerHelper.find("readlink");
  }

  private static final class Execve {
    static final MemorySegment AT = LinkerHelper.find("execve");
  }

  private static final class PthreadSigmask {
    static final MemorySegment AT = LinkerHelper.find("pthread_sigmask");
  }

  private static final class Lseek {
    static final MemorySegment AT = LinkerHelper.find("lseek");
  }

  private static final class Getpid {
    static final MemorySegment AT = LinkerHelper.find("getpid");
  }

  /** Calls a function of the C library, which comes first, with arguments of these kinds. */
  private static MethodHandle shape(MemoryLayout... arguments) {
    return LinkerHelper.downcall(
        FunctionDescriptor.of(JAVA_LONG, arguments), Linker.Option.captureCallState("errno"));
  }

  private static MemorySegment number(long value) {
    return MemorySegment.ofAddress(value);
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
    Objects.requireNonNull(Numbers.HANDLE);
  }

  static int open(MemorySegment path, int flags, int mode) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long)
                  Pointers.HANDLE.invokeExact(
                      Open.AT, state, path, number(flags), number(mode), 0L, MemorySegment.NULL));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int close(int fd) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int) (long) Numbers.HANDLE.invokeExact(Close.AT, state, (long) fd, 0L, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int ioctl(int fd, long request, MemorySegment argument) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int) (long) Struct.HANDLE.invokeExact(Ioctl.AT, state, (long) fd, request, argument));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int ioctl(int fd, long request, long argument) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long)
                  Numbers.HANDLE.invokeExact(
                      Ioctl.AT, state, (long) fd, request, argument, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int memfd_create(MemorySegment name, int flags) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long)
                  Pointers.HANDLE.invokeExact(
                      MemfdCreate.AT,
                      state,
                      name,
                      number(flags),
                      MemorySegment.NULL,
                      0L,
                      MemorySegment.NULL));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int ftruncate(int fd, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long)
                  Numbers.HANDLE.invokeExact(
                      Ftruncate.AT, state, (long) fd, length, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int dup2(int fd, int newFd) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long)
                  Numbers.HANDLE.invokeExact(
                      Dup2.AT, state, (long) fd, (long) newFd, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int fcntl(int fd, int command, long argument) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long)
                  Numbers.HANDLE.invokeExact(
                      Fcntl.AT, state, (long) fd, (long) command, argument, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int statx(int dirfd, MemorySegment path, int flags, int mask, MemorySegment statx) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long)
                  Pointers.HANDLE.invokeExact(
                      Statx.AT, state, number(dirfd), path, number(flags), (long) mask, statx));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (long)
              Numbers.HANDLE.invokeExact(
                  Mmap.AT, state, hint, length, (long) prot, (long) flags, (long) fd, offset));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int munmap(long address, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long) Numbers.HANDLE.invokeExact(Munmap.AT, state, address, length, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long pread(int fd, MemorySegment buffer, long length, long offset) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (long) Buffer.HANDLE.invokeExact(Pread.AT, state, (long) fd, buffer, length, offset));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long pwrite(int fd, MemorySegment buffer, long length, long offset) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (long) Buffer.HANDLE.invokeExact(Pwrite.AT, state, (long) fd, buffer, length, offset));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long read(int fd, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state, (long) Buffer.HANDLE.invokeExact(Read.AT, state, (long) fd, buffer, length, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long write(int fd, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state, (long) Buffer.HANDLE.invokeExact(Write.AT, state, (long) fd, buffer, length, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int eventfd(int initialValue, int flags) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long)
                  Numbers.HANDLE.invokeExact(
                      Eventfd.AT, state, (long) initialValue, (long) flags, 0L, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long getdents64(int fd, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (long) Buffer.HANDLE.invokeExact(Getdents64.AT, state, (long) fd, buffer, length, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long readlink(MemorySegment path, MemorySegment buffer, long length) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (long)
              Pointers.HANDLE.invokeExact(
                  Readlink.AT, state, path, buffer, number(length), 0L, MemorySegment.NULL));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int execve(MemorySegment path, MemorySegment arguments, MemorySegment environment) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (int)
              (long)
                  Pointers.HANDLE.invokeExact(
                      Execve.AT, state, path, arguments, environment, 0L, MemorySegment.NULL));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** Unlike all others, the C function answers a positive errno itself. */
  static int pthread_sigmask(int how, MemorySegment set, MemorySegment old) {
    MemorySegment state = CAPTURE.get();
    try {
      return -(int)
          (long)
              Pointers.HANDLE.invokeExact(
                  PthreadSigmask.AT, state, number(how), set, old, 0L, MemorySegment.NULL);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long lseek(int fd, long offset, int whence) {
    MemorySegment state = CAPTURE.get();
    try {
      return answer(
          state,
          (long)
              Numbers.HANDLE.invokeExact(
                  Lseek.AT, state, (long) fd, offset, (long) whence, 0L, 0L, 0L));
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static int getpid() {
    MemorySegment state = CAPTURE.get();
    try {
      return (int) (long) Numbers.HANDLE.invokeExact(Getpid.AT, state, 0L, 0L, 0L, 0L, 0L, 0L);
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
