package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.MempolicyUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A process's calls about NUMA nodes, of a machine that has several; with one it is as with a
 * kernel without CONFIG_NUMA ({@code mm/mempolicy.c} and {@code mm/migrate.c}, read in the source).
 *
 * <p>Simulated are the default and the preferred node of memfds. A policy of anonymous memory is
 * taken, and has no effect.
 */
final class NumaRequests {
  private static final int MPOL_MF_VALID = 7;

  private final AddressSpace space;
  private final PhysicalMemory memory;

  NumaRequests(AddressSpace space, PhysicalMemory memory) {
    this.space = space;
    this.memory = memory;
    if (memory.nodes() == 1) {
      throw Failure.of(Errno.ENOSYS);
    }
  }

  void bind(long address, long length, int mode, MemorySegment nodes, int flags) {
    boolean known = mode == MempolicyUapi.MPOL_DEFAULT || mode == MempolicyUapi.MPOL_PREFERRED;
    if ((flags & ~MPOL_MF_VALID) != 0
        || !known
        || address % PhysicalMemory.PAGE_BYTES != 0
        || length < 0) {
      throw Failure.of(Errno.EINVAL);
    }
    int node = mode == MempolicyUapi.MPOL_DEFAULT ? PhysicalMemory.ANY_NODE : first(nodes);
    if (length == 0) {
      return;
    }
    space.check(address, length, false);
    for (long at = address; at < address + length; at += PhysicalMemory.PAGE_BYTES) {
      space.filePage(at).ifPresent(page -> page.file().prefer(page.index(), node));
    }
  }

  /** The first node that is named and is there. */
  private int first(MemorySegment nodes) {
    for (int node = 0; node < memory.nodes() && node < 8 * nodes.byteSize(); node++) {
      if ((nodes.get(ValueLayout.JAVA_BYTE, node / 8) >> node % 8 & 1) != 0) {
        return node;
      }
    }
    throw Failure.of(Errno.EINVAL);
  }

  /** Tells of each page its node, or why it has none. */
  void tell(MemorySegment pages, MemorySegment status) {
    for (long i = 0; i < pages.byteSize() / Long.BYTES; i++) {
      status.setAtIndex(
          ValueLayout.JAVA_INT, i, nodeAt(pages.getAtIndex(ValueLayout.JAVA_LONG, i)));
    }
  }

  private int nodeAt(long address) {
    int pfn =
        space
            .filePage(address)
            .map(page -> page.file().frames()[page.index()])
            .orElseGet(() -> space.anonymousFrame(address));
    if (pfn >= 0) {
      return memory.nodeOf(pfn);
    }
    return HostMemory.isMapped(address, 1, false) ? -Errno.ENOENT : -Errno.EFAULT;
  }
}
