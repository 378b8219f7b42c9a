package io.holdfast.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The C library's functions on the process itself and on the files it makes, as {@link Libc} has
 * the others.
 */
final class LibcProcess {
  private LibcProcess() {}

  private static final MethodHandle GETEUID = Libc.function("geteuid", JAVA_INT);
  private static final MethodHandle GETRLIMIT =
      Libc.function("getrlimit", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle SETRLIMIT =
      Libc.function("setrlimit", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle MKDIR = Libc.function("mkdir", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle UNLINK = Libc.function("unlink", JAVA_INT, ADDRESS);
  private static final MethodHandle FCHMOD = Libc.function("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);

  private static final MethodHandle MADVISE =
      Libc.function("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

  /** As {@link Libc#link}. */
  static void link() {
    // The static initialiser of this class has done it.
  }

  /** In glibc since 2.36; without it the call fails as on a kernel that lacks it. */
  private static final class PidfdOpen {
    private static final MethodHandle HANDLE = link();

    private static MethodHandle link() {
      try {
        return Libc.function("pidfd_open", JAVA_INT, JAVA_INT, JAVA_INT);
      } catch (MissingSymbolException older) {
        return null;
      }
    }
  }

  static int madvise(long address, long length, int advice) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) MADVISE.invokeExact(state, address, length, advice));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int geteuid() {
    MemorySegment state = Libc.state();
    try {
      return (int) GETEUID.invokeExact(state);
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int getrlimit(int resource, MemorySegment rlimit) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) GETRLIMIT.invokeExact(state, resource, rlimit));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int setrlimit(int resource, MemorySegment rlimit) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) SETRLIMIT.invokeExact(state, resource, rlimit));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int mkdir(MemorySegment path, int mode) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) MKDIR.invokeExact(state, path, mode));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int unlink(MemorySegment path) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) UNLINK.invokeExact(state, path));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int fchmod(int fd, int mode) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) FCHMOD.invokeExact(state, fd, mode));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int pidfd_open(int pid, int flags) {
    if (PidfdOpen.HANDLE == null) {
      return -Errno.ENOSYS;
    }
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) PidfdOpen.HANDLE.invokeExact(state, pid, flags));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }
}
