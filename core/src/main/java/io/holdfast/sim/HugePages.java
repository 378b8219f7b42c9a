package io.holdfast.sim;

import io.holdfast.sys.Errno;

/**
 * MADV_COLLAPSE of a memfd: makes a huge page of each 2 MiB of it that are mapped, holes included.
 *
 * <p>As the real kernel does ({@code HugePageContractTest}): where no page is there yet there is
 * nothing to make one of, and pages that are pinned stay where they are.
 */
final class HugePages {
  private static final int PAGES = (int) (MemfdFile.HUGE_PAGE_BYTES >> PhysicalMemory.PAGE_SHIFT);

  private final PhysicalMemory memory;
  private final boolean available;
  private final MemoryFile file;

  HugePages(PhysicalMemory memory, boolean available, MemoryFile file) {
    this.memory = memory;
    this.available = available;
    this.file = file;
  }

  /**
   * Those that lie wholly within a range of the file.
   *
   * @param mappedStart where in the file the mapping begins that the range is in
   * @param mappedEnd where it ends
   */
  void collapse(long mappedStart, long mappedEnd, long start, long end) {
    if (firstWithin(mappedStart) + PAGES > mappedEnd >> PhysicalMemory.PAGE_SHIFT) {
      throw Failure.of(Errno.EINVAL);
    }
    boolean pinned = false;
    for (long first = firstWithin(start);
        first + PAGES <= end >> PhysicalMemory.PAGE_SHIFT;
        first += PAGES) {
      pinned |= !collapse((int) first);
    }
    if (pinned) {
      throw Failure.of(Errno.EAGAIN);
    }
  }

  /** The NUMA node that most of some pages are on, which is where the kernel puts the huge one. */
  private int mostOn(int first, int count) {
    int[] pages = new int[memory.nodes()];
    int most = 0;
    for (int page = first; page < first + count; page++) {
      int pfn = file.frames()[page];
      if (pfn >= 0) {
        int node = memory.nodeOf(pfn);
        pages[node]++;
        most = pages[node] > pages[most] ? node : most;
      }
    }
    return most;
  }

  private static long firstWithin(long offset) {
    long pages = Math.ceilDiv(offset, PhysicalMemory.PAGE_BYTES);
    return Math.ceilDiv(pages, PAGES) * PAGES;
  }

  /** Answers false if pages are pinned. */
  private boolean collapse(int first) {
    int count = Math.min(PAGES, file.pages() - first);
    boolean present = false;
    boolean pinned = false;
    boolean huge = count > 0 && file.frames()[first] % PAGES == 0;
    for (int page = first; page < first + count; page++) {
      int pfn = file.frames()[page];
      present |= pfn >= 0;
      pinned |= pfn >= 0 && memory.isPinned(pfn);
      huge &= pfn == file.frames()[first] + page - first;
    }
    if (!present) {
      throw Failure.of(Errno.EINVAL);
    }
    if (huge || pinned) {
      return huge;
    }
    int run = available ? memory.freeRun(PAGES, mostOn(first, count)) : -1;
    if (run < 0) {
      throw Failure.of(Errno.ENOMEM);
    }
    for (int page = first; page < first + count; page++) {
      file.moveTo(page, run + page - first);
    }
    return true;
  }
}
