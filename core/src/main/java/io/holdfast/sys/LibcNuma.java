package io.holdfast.sys;

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

  private static final class Syscall {
    static final MethodHandle HANDLE = CCall.ofPointers("syscall");
  }

  static int mbind(
      long address, long length, long mode, MemorySegment nodes, long maxNode, long flags) {
    return CCall.ofInt(
        CCall.pointers(
            Syscall.HANDLE,
            CCall.number(MBIND),
            CCall.number(address),
            CCall.number(length),
            CCall.number(mode),
            nodes,
            CCall.number(maxNode),
            CCall.number(flags)));
  }

  static int move_pages(long count, MemorySegment pages, MemorySegment status) {
    return CCall.ofInt(
        CCall.pointers(
            Syscall.HANDLE,
            CCall.number(MOVE_PAGES),
            MemorySegment.NULL,
            CCall.number(count),
            pages,
            MemorySegment.NULL,
            status));
  }
}
