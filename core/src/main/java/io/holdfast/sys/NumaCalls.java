package io.holdfast.sys;

import java.lang.foreign.MemorySegment;

/**
 * The system calls that are about NUMA nodes, a part of {@link Syscalls}. A kernel without
 * CONFIG_NUMA has none of them and returns {@code -ENOSYS}.
 *
 * <p>Each method returns a value {@code >= 0}, or {@code -errno}.
 */
public interface NumaCalls {
  /**
   * {@code mbind(2)}: which nodes the pages of a range of memory are taken from, from now on. Of a
   * shared mapping of a memfd it is the file's policy, for whoever allocates its pages.
   *
   * @param mode MPOL_… of {@code linux/mempolicy.h}
   * @param nodes a bit for each node, in native memory, a multiple of 8 bytes long
   */
  int mbind(long address, long length, int mode, MemorySegment nodes, int flags);

  /**
   * {@code move_pages(2)} of the calling process, without nodes: writes into {@code status} which
   * node each page is on, or {@code -errno} where there is none, and moves nothing.
   *
   * @param pages their addresses, an array of 64-bit numbers in native memory
   * @param status as many 32-bit numbers, in native memory
   */
  int move_pages(MemorySegment pages, MemorySegment status);
}
