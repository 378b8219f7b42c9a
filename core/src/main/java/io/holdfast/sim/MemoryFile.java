package io.holdfast.sim;

import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Set;

/**
 * A memfd's inode: its size, seals and page frames. Lives as long as a descriptor, a mapping, an
 * IOAS or a LUO session refers to it.
 */
final class MemoryFile implements FrameOwner {
  private static final int[] NO_FRAMES = {};

  private final PhysicalMemory memory;
  private final Set<MemoryFile> all;
  private final long inode;
  private final boolean hugetlb;
  private final PageStore store;
  private long size;
  private int seals;
  private final boolean executable;
  private int[] frames = NO_FRAMES;

  /** The NUMA nodes that pages are to come from; none of those beyond its end. */
  private int[] preferred = NO_FRAMES;

  private int references;
  private int writableMappings;
  private boolean frozen;

  /** Enters itself into {@code all}, and leaves it when it is gone. */
  MemoryFile(
      PhysicalMemory memory,
      Set<MemoryFile> all,
      long inode,
      boolean hugetlb,
      int seals,
      boolean executable,
      PageStore store) {
    this.memory = memory;
    this.all = all;
    all.add(this);
    this.inode = inode;
    this.hugetlb = hugetlb;
    this.seals = seals;
    this.executable = executable;
    this.store = store;
  }

  /** A file that came through a kexec: its frames are already where they were. */
  void adopt(long sizeBytes, int[] pfns) {
    size = sizeBytes;
    frames = pfns;
    for (int i = 0; i < pfns.length; i++) {
      memory.take(pfns[i], this, i);
    }
  }

  long inode() {
    return inode;
  }

  boolean isHugetlb() {
    return hugetlb;
  }

  long size() {
    return size;
  }

  int seals() {
    return seals;
  }

  void addSeals(int more) {
    seals |= withImplied(more);
  }

  /**
   * These seals and those they bring: the kernel takes F_SEAL_EXEC on a file that may still be
   * executed as a wish to seal everything else with it.
   */
  int withImplied(int more) {
    return (more & FcntlUapi.F_SEAL_EXEC) == 0 || !executable
        ? more
        : more
            | FcntlUapi.F_SEAL_SHRINK
            | FcntlUapi.F_SEAL_GROW
            | FcntlUapi.F_SEAL_WRITE
            | FcntlUapi.F_SEAL_FUTURE_WRITE;
  }

  boolean isSealed(int seal) {
    return (seals & seal) != 0;
  }

  boolean isExecutable() {
    return executable;
  }

  boolean isFrozen() {
    return frozen;
  }

  /** While preserved, the size and the holes cannot change. */
  void freeze(boolean on) {
    frozen = on;
  }

  int writableMappings() {
    return writableMappings;
  }

  void countWritableMapping(int change) {
    writableMappings += change;
  }

  PageStore store() {
    return store;
  }

  int pages() {
    return frames.length;
  }

  int[] frames() {
    return frames;
  }

  /** Whether a page of it is pinned: preserved, or mapped for a device. */
  boolean isPinned() {
    for (int pfn : frames) {
      if (pfn >= 0 && memory.isPinned(pfn)) {
        return true;
      }
    }
    return false;
  }

  /** How many of its pages have a frame. */
  int residentPages() {
    int resident = 0;
    for (int pfn : frames) {
      resident += pfn >= 0 ? 1 : 0;
    }
    return resident;
  }

  void resize(long bytes) {
    int pages =
        Math.toIntExact((bytes + PhysicalMemory.PAGE_BYTES - 1) >> PhysicalMemory.PAGE_SHIFT);
    for (int i = pages; i < frames.length; i++) {
      if (frames[i] >= 0) {
        memory.release(frames[i]);
      }
    }
    int before = frames.length;
    frames = Arrays.copyOf(frames, pages);
    if (pages > before) {
      Arrays.fill(frames, before, pages, -1);
    }
    store.resize(bytes);
    size = bytes;
  }

  /** Has a page come from a NUMA node, if it has none yet, or from any. */
  void prefer(int page, int node) {
    if (preferred.length < frames.length) {
      int before = preferred.length;
      preferred = Arrays.copyOf(preferred, frames.length);
      Arrays.fill(preferred, before, preferred.length, PhysicalMemory.ANY_NODE);
    }
    preferred[page] = node;
  }

  private int preferred(int page) {
    return page < preferred.length ? preferred[page] : PhysicalMemory.ANY_NODE;
  }

  /** Gives every page in the range a frame. */
  void populate(int firstPage, int count) {
    int end = firstPage + count;
    for (int first = firstPage; first < end; ) {
      int node = preferred(first);
      int next = first + 1;
      while (next < end && preferred(next) == node) {
        next++;
      }
      memory.allocate(this, frames, first, next - first, node);
      first = next;
    }
  }

  /** Moves one page to another frame, as compaction does. */
  void migrate(int page) {
    int old = frames[page];
    frames[page] = memory.allocate(this, page);
    memory.release(old);
  }

  /** Puts a page into a frame that is free, out of the one that it may have now. */
  void moveTo(int page, int pfn) {
    int old = frames[page];
    memory.take(pfn, this, page);
    frames[page] = pfn;
    if (old >= 0) {
      memory.release(old);
    }
  }

  @Override
  public void read(long index, int offset, MemorySegment target) {
    store.read((index << PhysicalMemory.PAGE_SHIFT) + offset, target);
  }

  @Override
  public void write(long index, int offset, MemorySegment source) {
    store.write((index << PhysicalMemory.PAGE_SHIFT) + offset, source);
  }

  @Override
  public String describe() {
    return "page of memfd inode " + inode;
  }

  void hold() {
    references++;
  }

  /** Drops a reference; with the last one the frames are free and the bytes gone. */
  void put() {
    references--;
    if (references == 0) {
      for (int pfn : frames) {
        if (pfn >= 0) {
          memory.release(pfn);
        }
      }
      frames = NO_FRAMES;
      store.delete();
      all.remove(this);
    }
  }
}
