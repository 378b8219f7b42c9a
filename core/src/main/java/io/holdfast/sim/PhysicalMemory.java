package io.holdfast.sim;

import io.holdfast.sys.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * The machine's memory: a table of page frames, each free or somebody's, and how often each is
 * pinned.
 *
 * <p>The allocator is deterministic for a seed and fragments as memory of a running machine is:
 * pieces of one page mixed with runs of up to 512, from all over. Not thread-safe; the kernel's
 * lock guards it.
 */
final class PhysicalMemory {
  static final int PAGE_SHIFT = 12;
  static final int PAGE_BYTES = 1 << PAGE_SHIFT;

  /** The first MiB belongs to the firmware, as on a PC. */
  private static final int FIRMWARE_FRAMES = 256;

  private static final int LONGEST_RUN_LOG2 = 9;

  /** Where a page may come from that has no NUMA node of its own. */
  static final int ANY_NODE = -1;

  static final FrameOwner FIRMWARE = new FrameOwner.Elsewhere("the firmware's");
  static final FrameOwner FOREIGN = new FrameOwner.Elsewhere("another program's");

  /** A frame its owner gave up while it was pinned; it is freed with the last pin. */
  static final FrameOwner ORPHANED = new FrameOwner.Elsewhere("freed, but still pinned");

  private final FrameOwner[] owners;
  private final long[] indices;
  private final int[] pins;
  private final FreeFrames frames;
  private final MemorySegment marks;
  private final int singlePagePercent;
  private final int nodes;
  private final SplittableRandom random;
  private int free;
  private int pinned;
  private boolean marksKept;

  /**
   * All free, but for the firmware's.
   *
   * @param marks a byte for each frame, where it is noted whether a program under test has it: so
   *     that the next kernel knows which frames have become free even if this one's process is
   *     killed
   */
  PhysicalMemory(long bytes, int singlePagePercent, int nodes, long seed, MemorySegment marks) {
    this.marks = marks;
    this.nodes = nodes;
    marks.fill((byte) 0);
    int count = Math.toIntExact(bytes >> PAGE_SHIFT);
    this.owners = new FrameOwner[count];
    this.indices = new long[count];
    this.pins = new int[count];
    this.frames = new FreeFrames(count);
    this.singlePagePercent = singlePagePercent;
    this.random = new SplittableRandom(seed);
    this.free = count;
    for (int pfn = 0; pfn < Math.min(FIRMWARE_FRAMES, count); pfn++) {
      take(pfn, FIRMWARE, pfn);
    }
  }

  /** The machine goes down: what is noted as in use now is what the next kernel finds freed. */
  void keepMarks() {
    marksKept = true;
  }

  /** The frames that {@code marks} says a program under test has. */
  static BitSet marked(MemorySegment marks) {
    BitSet marked = new BitSet();
    int sizeBytes = Math.toIntExact(marks.byteSize());
    for (int word = 0; word < sizeBytes; word += Long.BYTES) {
      int end = Math.min(word + Long.BYTES, sizeBytes);
      // Most of a machine is not marked, and a JVM that has just started is slow to look.
      if (end - word < Long.BYTES || marks.get(ValueLayout.JAVA_LONG_UNALIGNED, word) != 0) {
        for (int pfn = word; pfn < end; pfn++) {
          if (marks.get(ValueLayout.JAVA_BYTE, pfn) != 0) {
            marked.set(pfn);
          }
        }
      }
    }
    return marked;
  }

  int frames() {
    return owners.length;
  }

  /** How many NUMA nodes have a part of it, each as much. */
  int nodes() {
    return nodes;
  }

  int nodeOf(int pfn) {
    return (int) ((long) pfn * nodes / owners.length);
  }

  /** Where a node's frames begin, and those of the one before it end. */
  private int firstOf(int node) {
    return (int) Math.ceilDiv((long) node * owners.length, nodes);
  }

  /** How many frames all searches for a free one have looked at. */
  long framesLookedAt() {
    return frames.lookedAt();
  }

  int freeFrames() {
    return free;
  }

  int pinnedFrames() {
    return pinned;
  }

  /** Whose the frame at a physical address is, in words. */
  String describe(long physicalAddress) {
    if (!contains(physicalAddress)) {
      return "not memory";
    }
    FrameOwner owner = owner((int) (physicalAddress >> PAGE_SHIFT));
    return owner == null ? "free" : owner.describe();
  }

  FrameOwner owner(int pfn) {
    return owners[pfn];
  }

  long index(int pfn) {
    return indices[pfn];
  }

  boolean isPinned(int pfn) {
    return pins[pfn] > 0;
  }

  /** Whether a physical address is in RAM. */
  boolean contains(long physicalAddress) {
    return physicalAddress >= 0 && physicalAddress >> PAGE_SHIFT < owners.length;
  }

  /** Gives a certain free frame to an owner. */
  void take(int pfn, FrameOwner owner, long index) {
    if (!frames.isFree(pfn)) {
      throw new IllegalStateException("frame %d is %s".formatted(pfn, owners[pfn].describe()));
    }
    frames.take(pfn);
    owners[pfn] = owner;
    indices[pfn] = index;
    if (!(owner instanceof FrameOwner.Elsewhere)) {
      marks.set(ValueLayout.JAVA_BYTE, pfn, (byte) 1);
    }
    free--;
  }

  /** A free frame for an owner. */
  int allocate(FrameOwner owner, long index) {
    if (free == 0) {
      throw Failure.of(Errno.ENOMEM);
    }
    int pfn = pick();
    take(pfn, owner, index);
    return pfn;
  }

  /**
   * Fills the holes ({@code -1}) of {@code into[first, first + count)} with frames for an owner,
   * from a node as long as that has any; all or nothing.
   */
  void allocate(FrameOwner owner, int[] into, int first, int count, int node) {
    int missing = 0;
    for (int i = first; i < first + count; i++) {
      missing += into[i] < 0 ? 1 : 0;
    }
    if (missing > free) {
      throw Failure.of(Errno.ENOMEM);
    }
    int run = 0;
    int next = 0;
    for (int i = first; missing > 0; i++) {
      if (into[i] >= 0) {
        continue;
      }
      boolean left = node != ANY_NODE && next < owners.length && nodeOf(next) != node;
      if (run == 0 || left || next >= owners.length || !frames.isFree(next)) {
        run =
            random.nextInt(100) < singlePagePercent
                ? 1
                : 1 << (1 + random.nextInt(LONGEST_RUN_LOG2));
        next = pick(node);
      }
      take(next, owner, i);
      into[i] = next++;
      run--;
      missing--;
    }
  }

  /**
   * The first of {@code count} free frames of a node that follow each other from a multiple of
   * {@code count} on, made free by moving what can be moved (other programs' pages, and those of
   * files that are neither pinned nor preserved), as compaction does; -1 if there are none.
   */
  int freeRun(int count, int node) {
    int blocks = owners.length / count;
    int first = random.nextInt(Math.max(blocks, 1));
    for (int moving = 0; moving < 2; moving++) {
      for (int i = 0; i < blocks; i++) {
        int start = (first + i) % blocks * count;
        if (nodeOf(start) != node || nodeOf(start + count - 1) != node) {
          continue;
        }
        if (moving == 0 ? frames.isFree(start, count) : makeFree(start, count)) {
          return start;
        }
      }
    }
    return -1;
  }

  private boolean makeFree(int start, int count) {
    BitSet before = frames.taken(start, count);
    int taken = before.cardinality();
    if (taken > free - (count - taken)) {
      return false; // the others have to fit elsewhere
    }
    for (int pfn = start; pfn < start + count; pfn++) {
      if (!frames.isFree(pfn) && !isMovable(pfn)) {
        return false;
      }
    }
    frames.take(start, count);
    for (int i = before.nextSetBit(0); i >= 0; i = before.nextSetBit(i + 1)) {
      int pfn = start + i;
      if (owners[pfn] instanceof MemoryFile file) {
        file.moveTo((int) indices[pfn], pick(nodeOf(pfn)));
      } else {
        release(pfn);
        int other = pick(nodeOf(pfn));
        take(other, FOREIGN, other);
      }
      frames.take(pfn);
    }
    frames.release(start, count);
    return true;
  }

  private boolean isMovable(int pfn) {
    return pins[pfn] == 0
        && (FOREIGN.equals(owners[pfn])
            || (owners[pfn] instanceof MemoryFile file && !file.isFrozen()));
  }

  /** One of a node as long as that has any. */
  private int pick(int node) {
    if (node == ANY_NODE || nodes == 1) {
      return pick();
    }
    int first = firstOf(node);
    int end = firstOf(node + 1);
    if (singlePagePercent > 0) {
      int pfn = frames.from(first + random.nextInt(end - first));
      if (pfn < end) {
        return pfn;
      }
    }
    int pfn = frames.from(first);
    return pfn < end ? pfn : pick();
  }

  private int pick() {
    if (singlePagePercent > 0) {
      int pfn = frames.from(random.nextInt(owners.length));
      if (pfn < owners.length) {
        return pfn;
      }
    }
    return frames.lowest();
  }

  /** The owner no longer wants the frame; it is free at once, or when the last pin goes. */
  void release(int pfn) {
    if (pins[pfn] > 0) {
      owners[pfn] = ORPHANED;
      return;
    }
    frames.release(pfn);
    if (!marksKept) {
      marks.set(ValueLayout.JAVA_BYTE, pfn, (byte) 0);
    }
    owners[pfn] = null;
    free++;
  }

  void pin(int pfn) {
    if (pins[pfn]++ == 0) {
      pinned++;
    }
  }

  void unpin(int pfn) {
    pins[pfn]--;
    if (pins[pfn] == 0) {
      pinned--;
    }
    if (pins[pfn] == 0 && ORPHANED.equals(owners[pfn])) {
      release(pfn);
    }
  }

  /**
   * Gives frames to programs of no interest: most of {@code wanted} (frames just freed), and some
   * runs elsewhere, but never more than a third of what is free.
   */
  BitSet giveAway(BitSet wanted) {
    BitSet given = new BitSet();
    int most = free / 3;
    for (int pfn = wanted.nextSetBit(0); pfn >= 0 && most > 0; pfn = wanted.nextSetBit(pfn + 1)) {
      if (frames.isFree(pfn) && random.nextInt(4) != 0) {
        take(pfn, FOREIGN, pfn);
        given.set(pfn);
        most--;
      }
    }
    for (int piece = Math.min(most / 16, 64); piece > 0; piece--) {
      int pfn = pick();
      for (int left = 1 + random.nextInt(16);
          left > 0 && pfn < owners.length && frames.isFree(pfn);
          left--, pfn++) {
        take(pfn, FOREIGN, pfn);
        given.set(pfn);
      }
    }
    return given;
  }
}
