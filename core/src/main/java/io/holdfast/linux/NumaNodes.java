package io.holdfast.linux;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.MempolicyUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * NUMA nodes: which there are, where a memfd's pages are to come from, and where pages are.
 *
 * <p>A node is preferred, not demanded (MPOL_BIND): where it has no page left, a demand has the
 * kernel kill processes (read in {@code mm/oom_kill.c}), and a preference takes a page elsewhere,
 * which can be seen. Keeps no state; thread-safe.
 */
public final class NumaNodes {
  private static final String DIRECTORY = "/sys/devices/system/node";
  private static final long PAGE_BYTES = 4096; // The smallest that Linux has: looks at each.
  private static final int BATCH = 1024;

  private NumaNodes() {}

  /** The nodes that have memory, such as {@code 0-1}; empty on a kernel without NUMA nodes. */
  public static Optional<String> withMemory(Syscalls syscalls) {
    return SmallFiles.readable(syscalls, DIRECTORY + "/has_memory");
  }

  /** Whether there is a node of this number. */
  public static boolean exists(Syscalls syscalls, int node) {
    return SmallFiles.list(syscalls, DIRECTORY).contains("node" + node);
  }

  /** Has the pages of a memfd that is mapped, and that has none yet, come from a node. */
  static void prefer(Syscalls syscalls, MemorySegment memory, int node) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate((node / Long.SIZE + 1L) * Long.BYTES, Long.BYTES);
      mask.setAtIndex(ValueLayout.JAVA_LONG, node / Long.SIZE, 1L << node % Long.SIZE);
      int answer =
          syscalls.mbind(
              memory.address(), memory.byteSize(), MempolicyUapi.MPOL_PREFERRED, mask, 0);
      if (answer < 0) {
        throw KernelErrors.of(
            "mbind",
            answer,
            "NUMA node " + node,
            "ask for a node that has memory (%s/has_memory) and that this process may use (Mems_allowed_list in /proc/self/status)"
                .formatted(DIRECTORY));
      }
    }
  }

  /**
   * What of some memory is not on a node, in words that go on from its name; empty if all of it is.
   * Every page is read.
   */
  public static String problem(Syscalls syscalls, MemorySegment memory, int node) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pages = arena.allocate(ValueLayout.JAVA_LONG, BATCH);
      MemorySegment seen = arena.allocate(1);
      MemorySegment status = arena.allocate(ValueLayout.JAVA_INT, BATCH);
      long count = Math.ceilDiv(memory.byteSize(), PAGE_BYTES);
      for (long first = 0; first < count; first += BATCH) {
        int batch = (int) Math.min(BATCH, count - first);
        for (int i = 0; i < batch; i++) {
          long offset = (first + i) * PAGE_BYTES;
          // The kernel tells of pages that this process has touched only.
          MemorySegment.copy(memory, offset, seen, 0, 1);
          pages.setAtIndex(ValueLayout.JAVA_LONG, i, memory.address() + offset);
        }
        int answer =
            syscalls.move_pages(
                pages.asSlice(0, (long) batch * Long.BYTES),
                status.asSlice(0, (long) batch * Integer.BYTES));
        KernelErrors.check(answer, "move_pages", "NUMA node " + node);
        for (int i = 0; i < batch; i++) {
          int found = status.getAtIndex(ValueLayout.JAVA_INT, i);
          if (found != node) {
            return found >= 0
                ? "has its page at %d on NUMA node %d".formatted((first + i) * PAGE_BYTES, found)
                : "has a page at %d of which the kernel tells no NUMA node (%s)"
                    .formatted((first + i) * PAGE_BYTES, Errno.name(-found));
          }
        }
      }
      return "";
    }
  }
}
