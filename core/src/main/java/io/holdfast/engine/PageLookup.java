package io.holdfast.engine;

import io.holdfast.linux.HostFacts;
import io.holdfast.linux.Pagemap;
import io.holdfast.model.ExtentList;
import io.holdfast.model.NoPhysicalAddressException;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Looks up the frames behind memory of this process in the page map, which keeps none of them
 * there.
 *
 * <p>The engine's half of the public {@code UnpinnedAddresses}. Thread-safe.
 */
public final class PageLookup {
  /** How many pages are asked for at once: 64 KiB of the page map. */
  private static final int MOST_PAGES = 8192;

  private final Syscalls syscalls;
  private final MemorySegment memory;
  private final int pageBytes;

  /** For native memory that is not empty. */
  public PageLookup(Syscalls syscalls, MemorySegment memory) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException("memory on the Java heap has no address that stays");
    }
    if (memory.byteSize() == 0) {
      throw new IllegalArgumentException("no memory to look up: the segment is empty");
    }
    this.syscalls = syscalls;
    this.memory = memory;
    this.pageBytes = HostFacts.pageSizeBytes(syscalls);
  }

  /** What is done with a page: false ends the walk. */
  private interface Step {
    boolean page(long offset, long lengthBytes, long entry);
  }

  /**
   * Where the memory is now.
   *
   * @throws NoPhysicalAddressException if a page has no frame of its own, or none is told
   */
  public ExtentList extents() {
    ExtentList.Builder extents = ExtentList.builder();
    walk((offset, lengthBytes, entry) -> {
      requireFrame(offset, entry);
      extents.add(physicalAddress(offset, entry), lengthBytes);
      return true;
    });
    return extents.build();
  }

  /** Whether the memory is in these extents now. */
  public boolean matches(ExtentList expected) {
    ExtentList.Builder extents = ExtentList.builder();
    boolean there =
        walk((offset, lengthBytes, entry) -> {
          if (!hasFrame(entry)) {
            return false;
          }
          requireTold(offset, entry);
          extents.add(physicalAddress(offset, entry), lengthBytes);
          return true;
        });
    return there && extents.build().equals(expected);
  }

  private boolean walk(Step step) {
    if (!memory.scope().isAlive()) {
      throw new IllegalStateException("the memory is closed");
    }
    long start = memory.address();
    long firstPage = start / pageBytes;
    long pages = (start + memory.byteSize() - 1) / pageBytes - firstPage + 1;
    try (Pagemap pagemap = Pagemap.open(syscalls);
        Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(ValueLayout.JAVA_LONG, Math.min(MOST_PAGES, pages));
      for (long done = 0; done < pages; ) {
        long count = Math.min(MOST_PAGES, pages - done);
        pagemap.read(firstPage + done, buffer.asSlice(0, count * Pagemap.ENTRY_BYTES));
        for (long i = 0; i < count; i++, done++) {
          long from = Math.max(start, (firstPage + done) * pageBytes);
          long to = Math.min(start + memory.byteSize(), (firstPage + done + 1) * pageBytes);
          long entry = buffer.getAtIndex(ValueLayout.JAVA_LONG, i);
          if (!step.page(from - start, to - from, entry)) {
            return false;
          }
        }
      }
      return true;
    }
  }

  private long physicalAddress(long offset, long entry) {
    return Pagemap.frame(entry) * pageBytes + (memory.address() + offset) % pageBytes;
  }

  private static boolean hasFrame(long entry) {
    return Pagemap.isPresent(entry) && (Pagemap.isFiles(entry) || Pagemap.isOwn(entry));
  }

  private void requireFrame(long offset, long entry) {
    if (Pagemap.isSwapped(entry)) {
      throw refusal(
          offset,
          "is swapped out, or being moved",
          "read it, and look it up again; nothing keeps it in memory");
    }
    if (!Pagemap.isPresent(entry)) {
      throw refusal(
          offset,
          "is not there: it was never written to, or the kernel has taken it away",
          "write to every page, and look them up again; nothing keeps them in memory");
    }
    requireTold(offset, entry);
    if (!hasFrame(entry)) {
      throw refusal(
          offset,
          "is shared with others: it is the page of zeroes that unwritten memory reads as, or one"
              + " that KSM or a fork has left to several processes",
          "write to every page, and look them up again");
    }
  }

  private void requireTold(long offset, long entry) {
    if (Pagemap.frame(entry) == 0) {
      throw refusal(
          offset,
          "has an address that the kernel does not tell",
          "this needs CAP_SYS_ADMIN; run as root or give the service"
              + " AmbientCapabilities=CAP_SYS_ADMIN");
    }
  }

  private NoPhysicalAddressException refusal(long offset, String problem, String remedy) {
    return new NoPhysicalAddressException(
        "the page at offset 0x%x of %d bytes at 0x%x %s"
            .formatted(offset, memory.byteSize(), memory.address(), problem),
        remedy);
  }
}
