package io.holdfast.sys;

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
      List.of("geteuid", "getrlimit", "setrlimit", "mkdirat", "unlinkat", "fchmod", "madvise");

  private static final class Geteuid {
    static final MethodHandle HANDLE = CCall.ofNumbers("geteuid");
  }

  private static final class Getrlimit {
    static final MethodHandle HANDLE = CCall.ofMixed("getrlimit");
  }

  private static final class Setrlimit {
    static final MethodHandle HANDLE = CCall.ofMixed("setrlimit");
  }

  private static final class Mkdirat {
    static final MethodHandle HANDLE = CCall.ofMixed("mkdirat");
  }

  private static final class Unlinkat {
    static final MethodHandle HANDLE = CCall.ofMixed("unlinkat");
  }

  private static final class Fchmod {
    static final MethodHandle HANDLE = CCall.ofNumbers("fchmod");
  }

  private static final class Madvise {
    static final MethodHandle HANDLE = CCall.ofNumbers("madvise");
  }

  /** In glibc since 2.36; without it the call fails as on a kernel that lacks it. */
  private static final class PidfdOpen {
    private static final MethodHandle HANDLE = link();

    private static MethodHandle link() {
      try {
        return CCall.ofNumbers("pidfd_open");
      } catch (MissingSymbolException older) {
        return null;
      }
    }
  }

  static int madvise(long address, long length, int advice) {
    return CCall.ofInt(CCall.numbers(Madvise.HANDLE, address, length, advice));
  }

  static int geteuid() {
    return (int) CCall.numbers(Geteuid.HANDLE, 0);
  }

  static int getrlimit(int resource, MemorySegment rlimit) {
    return CCall.ofInt(CCall.mixed(Getrlimit.HANDLE, resource, rlimit, MemorySegment.NULL));
  }

  static int setrlimit(int resource, MemorySegment rlimit) {
    return CCall.ofInt(CCall.mixed(Setrlimit.HANDLE, resource, rlimit, MemorySegment.NULL));
  }

  static int mkdir(MemorySegment path, int mode) {
    return CCall.ofInt(CCall.mixed(Mkdirat.HANDLE, Libc.AT_FDCWD, path, CCall.number(mode)));
  }

  static int unlink(MemorySegment path) {
    return CCall.ofInt(CCall.mixed(Unlinkat.HANDLE, Libc.AT_FDCWD, path, MemorySegment.NULL));
  }

  static int fchmod(int fd, int mode) {
    return CCall.ofInt(CCall.numbers(Fchmod.HANDLE, fd, mode));
  }

  static int pidfd_open(int pid, int flags) {
    return PidfdOpen.HANDLE == null
        ? -Errno.ENOSYS
        : CCall.ofInt(CCall.numbers(PidfdOpen.HANDLE, pid, flags));
  }
}
