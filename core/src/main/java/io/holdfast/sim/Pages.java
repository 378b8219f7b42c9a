package io.holdfast.sim;

import io.holdfast.sys.Errno;

/**
 * A stretch of memory given to an IOAS ({@code struct iopt_pages}): shared by the mappings copied
 * from it, pinned page by page while any of them is in an IOAS with a page table.
 *
 * <p>Whether its pages count against RLIMIT_MEMLOCK is settled when it is made, by CAP_IPC_LOCK;
 * the limit is the one that its process has when pages are pinned.
 */
abstract class Pages {
  private final SimulatedKernel kernel;
  private final SimulatedProcess owner;
  private final boolean limited;
  private final boolean writable;
  private final PinTable pins = new PinTable();
  private int references;

  Pages(SimulatedKernel kernel, SimulatedProcess owner, boolean writable) {
    this.kernel = kernel;
    this.owner = owner;
    this.limited = !owner.credentials().has(Credentials.CAP_IPC_LOCK);
    this.writable = writable;
  }

  /** Fails where pages cannot be pinned whatever memory is free. */
  abstract void check(long first, long count);

  /** Fills {@code frames[0, count)} with the frames behind {@code count} pages. */
  abstract void resolve(long first, int count, int[] frames);

  /** The address the kernel takes the preferred alignment of an IOVA from. */
  abstract long address();

  /** The last reference is gone; nothing is pinned. */
  abstract void release();

  /**
   * The owner frames of these pages are expected to have, and the index of the first, for a quick
   * look-up.
   */
  abstract FrameOwner frameOwner();

  abstract long firstIndex();

  final void hold() {
    references++;
  }

  final void put() {
    references--;
    if (references == 0) {
      release();
    }
  }

  final boolean isWritable() {
    return writable;
  }

  /** Pins pages once more; all or nothing. What is pinned already stays as it is. */
  final void pin(long first, long count) {
    if (count > kernel.memory().frames() * 4L) {
      check(first, count);
      throw Failure.of(Errno.ENOMEM);
    }
    long last = first + count;
    int added = 0;
    for (long from = unpinned(first, last); from < last; from = unpinned(from, last)) {
      long until = pinned(from, last);
      check(from, until - from);
      added += (int) (until - from);
      from = until;
    }
    int[] frames = new int[added];
    int resolved = 0;
    for (long from = unpinned(first, last); from < last; from = unpinned(from, last)) {
      int[] run = new int[(int) (pinned(from, last) - from)];
      resolve(from, run.length, run);
      System.arraycopy(run, 0, frames, resolved, run.length);
      resolved += run.length;
      from += run.length;
    }
    // The kernel counts when it has pinned, and takes it all back past the limit.
    charge(added);
    int next = 0;
    for (long page = first; page < last; page++) {
      if (pins.isPinned(page)) {
        pins.pinAgain(page);
      } else {
        kernel.memory().pin(frames[next]);
        pins.pin(page, frames[next++]);
      }
    }
  }

  /** The first page from {@code from} on that nobody has pinned, or {@code last}. */
  private long unpinned(long from, long last) {
    long page = from;
    while (page < last && pins.isPinned(page)) {
      page++;
    }
    return page;
  }

  private long pinned(long from, long last) {
    long page = from;
    while (page < last && !pins.isPinned(page)) {
      page++;
    }
    return page;
  }

  private void charge(int pages) {
    if (limited && pages > 0) {
      long limit = owner.credentials().memoryLockLimitBytes() >>> PhysicalMemory.PAGE_SHIFT;
      kernel.boot().lockPages(pages, limit);
    }
    owner.countPinned(pages);
  }

  private void uncharge(int pages) {
    if (limited) {
      kernel.boot().unlockPages(pages);
    }
    owner.countPinned(-pages);
  }

  final void unpin(long first, long count) {
    PhysicalMemory memory = kernel.memory();
    int removed = 0;
    for (long page = first; page < first + count; page++) {
      int frame = pins.frame(page);
      if (pins.unpin(page)) {
        memory.unpin(frame);
        removed++;
      }
    }
    uncharge(removed);
  }

  /** The frame a pinned page is in. */
  final int frame(long page) {
    return pins.frame(page);
  }

  /** Which of these pages is pinned in a frame; -1 for none. */
  final long pageOf(int pfn) {
    PhysicalMemory memory = kernel.memory();
    if (frameOwner().equals(memory.owner(pfn))) {
      long page = memory.index(pfn) - firstIndex();
      if (page >= 0 && pins.isPinned(page) && pins.frame(page) == pfn) {
        return page;
      }
    }
    if (memory.owner(pfn) instanceof FrameOwner.Elsewhere || this instanceof UserPages) {
      return pins.pageIn(pfn);
    }
    return -1;
  }
}
