package io.holdfast.sys;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The system calls about NUMA nodes, which the C library has no functions for. */
final class LibcNuma {
  /** {@code __NR_mbind}. */
  private static final long MBIND = Libc.systemCall(237, 235);

  private static final long MOVE_PAGES = Libc.systemCall(279, 239);

  private LibcNuma() {}

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
