package io.holdfast.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * The C library's functions on the process itself and on the files it makes, as {@link Libc} has
 * the others.
 */
final class LibcProcess {
  private LibcProcess() {}

  /** What is called here, and has to be there. */
  static final List<String> SYMBOLS =
      List.of("geteuid", "getrlimit", "setrlimit", "mkdir", "unlink", "fchmod", "madvise");

  private static final class Geteuid {
    static final MethodHandle HANDLE = Libc.function("geteuid", JAVA_INT);
  }

  private static final class Getrlimit {
    static final MethodHandle HANDLE = Libc.function("getrlimit", JAVA_INT, JAVA_INT, ADDRESS);
  }

  private static final class Setrlimit {
    static final MethodHandle HANDLE = Libc.function("setrlimit", JAVA_INT, JAVA_INT, ADDRESS);
  }

  private static final class Mkdir {
    static final MethodHandle HANDLE = Libc.function("mkdir", JAVA_INT, ADDRESS, JAVA_INT);
  }

  private static final class Unlink {
    static final MethodHandle HANDLE = Libc.function("unlink", JAVA_INT, ADDRESS);
  }

  private static final class Fchmod {
    static final MethodHandle HANDLE = Libc.function("fchmod", JAVA_INT, JAVA_INT, JAVA_INT);
  }

  private static final class Madvise {
    static final MethodHandle HANDLE =
        Libc.function("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
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
      return Libc.answer(state, (int) Madvise.HANDLE.invokeExact(state, address, length, advice));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int geteuid() {
    MemorySegment state = Libc.state();
    try {
      return (int) Geteuid.HANDLE.invokeExact(state);
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int getrlimit(int resource, MemorySegment rlimit) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Getrlimit.HANDLE.invokeExact(state, resource, rlimit));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int setrlimit(int resource, MemorySegment rlimit) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Setrlimit.HANDLE.invokeExact(state, resource, rlimit));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int mkdir(MemorySegment path, int mode) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Mkdir.HANDLE.invokeExact(state, path, mode));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int unlink(MemorySegment path) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Unlink.HANDLE.invokeExact(state, path));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int fchmod(int fd, int mode) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Fchmod.HANDLE.invokeExact(state, fd, mode));
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
