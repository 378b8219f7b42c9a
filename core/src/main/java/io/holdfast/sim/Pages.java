package io.holdfast.sim;

import io.holdfast.sys.Errno;
import java.util.Arrays;

/**
 * A stretch of memory given to an IOAS ({@code struct iopt_pages}): shared by the mappings copied
 * from it, pinned page by page while any of them is in an IOAS with a page table.
 */
abstract class Pages {
  private final SimulatedKernel kernel;
  private final Credentials charged;
  private final boolean writable;
  private final long pageCount;

  /** Made with the first pin: a mapping that nobody pins costs nothing, however long it is. */
  private int[] frames = {};

  private int[] users = {};
  private int references;

  Pages(SimulatedKernel kernel, Credentials owner, long count, boolean writable) {
    this.kernel = kernel;
    this.charged = owner;
    this.writable = writable;
    this.pageCount = count;
  }

  /** Fails where pages cannot be pinned whatever memory is free. */
  abstract void check(long first, long count);

  /** Fills {@code frames[first, first + count)} with the frames behind these pages. */
  abstract void resolve(int first, int count, int[] frames);

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
  final void pin(long firstPage, long pages) {
    if (frames.length == 0) {
      check(firstPage, pages);
      if (pageCount > kernel.memory().frames() * 4L) {
        throw Failure.of(Errno.ENOMEM);
      }
      frames = new int[(int) pageCount];
      users = new int[(int) pageCount];
      Arrays.fill(frames, -1);
    }
    int first = (int) firstPage;
    int last = first + (int) pages;
    int added = 0;
    for (int from = unpinned(first, last); from < last; from = unpinned(from, last)) {
      int until = pinned(from, last);
      check(from, until - from);
      added += until - from;
      from = until;
    }
    charge(added);
    boolean done = false;
    try {
      for (int from = unpinned(first, last); from < last; from = unpinned(from, last)) {
        int until = pinned(from, last);
        resolve(from, until - from, frames);
        from = until;
      }
      done = true;
    } finally {
      if (!done) {
        kernel.chargeLocked(-added, charged);
      }
    }
    PhysicalMemory memory = kernel.memory();
    for (int i = first; i < last; i++) {
      if (users[i]++ == 0) {
        memory.pin(frames[i]);
      }
    }
  }

  /** The first page from {@code from} on that nobody has pinned, or {@code last}. */
  private int unpinned(int from, int last) {
    int page = from;
    while (page < last && users[page] > 0) {
      page++;
    }
    return page;
  }

  private int pinned(int from, int last) {
    int page = from;
    while (page < last && users[page] == 0) {
      page++;
    }
    return page;
  }

  private void charge(int pages) {
    if (pages > 0 && !kernel.chargeLocked(pages, charged)) {
      throw Failure.of(Errno.ENOMEM);
    }
  }

  final void unpin(long firstPage, long pages) {
    int first = (int) firstPage;
    int count = (int) pages;
    PhysicalMemory memory = kernel.memory();
    int removed = 0;
    for (int i = first; i < first + count; i++) {
      if (--users[i] == 0) {
        memory.unpin(frames[i]);
        removed++;
      }
    }
    kernel.chargeLocked(-removed, charged);
  }

  /** The frame a pinned page is in. */
  final int frame(int page) {
    return frames[page];
  }

  /** Which of these pages is pinned in a frame; -1 for none. */
  final int pageOf(int pfn) {
    PhysicalMemory memory = kernel.memory();
    if (frameOwner().equals(memory.owner(pfn))) {
      long page = memory.index(pfn) - firstIndex();
      if (page >= 0 && page < frames.length && users[(int) page] > 0 && frames[(int) page] == pfn) {
        return (int) page;
      }
    }
    if (memory.owner(pfn) instanceof FrameOwner.Elsewhere || this instanceof UserPages) {
      for (int i = 0; i < frames.length; i++) {
        if (frames[i] == pfn && users[i] > 0) {
          return i;
        }
      }
    }
    return -1;
  }
}
