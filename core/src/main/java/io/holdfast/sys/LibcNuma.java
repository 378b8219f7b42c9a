package io.holdfast.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The system calls about NUMA nodes, which the C library has no functions for. */
final class LibcNuma {
  /** {@code __NR_mbind}: x86-64 has its own number, arm64 and riscv64 the generic one. */
  private static final long MBIND = number(237, 235);

  private static final long MOVE_PAGES = number(279, 239);

  private LibcNuma() {}

  private static long number(long x86, long generic) {
    return switch (System.getProperty("os.arch")) {
      case "amd64" -> x86;
      case "aarch64", "riscv64" -> generic;
      default -> -1; // ENOSYS
    };
  }

  private static final class Mbind {
    static final MethodHandle HANDLE =
        Libc.variadic(
            "syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG,
            JAVA_LONG);
  }

  private static final class MovePages {
    static final MethodHandle HANDLE =
        Libc.variadic(
            "syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS,
            JAVA_LONG);
  }

  static int mbind(
      long address, long length, long mode, MemorySegment nodes, long maxNode, long flags) {
    MemorySegment state = Libc.state();
    try {
      long answer =
          (long)
              Mbind.HANDLE.invokeExact(state, MBIND, address, length, mode, nodes, maxNode, flags);
      return Libc.answer(state, (int) answer);
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int move_pages(long count, MemorySegment pages, MemorySegment status) {
    MemorySegment state = Libc.state();
    try {
      long answer =
          (long)
              MovePages.HANDLE.invokeExact(
                  state, MOVE_PAGES, 0L, count, pages, MemorySegment.NULL, status, 0L);
      return Libc.answer(state, (int) answer);
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }
}
