package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Undo;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A simulated process's memory: its mappings, which are real mappings of this JVM, and the frames
 * of its anonymous pages.
 *
 * <p>Memory that was not mapped through the seam (an arena's, say) counts as anonymous memory of
 * the process. When the process dies its mappings stay readable until the machine is closed, so
 * that a segment that outlived its process does not take the JVM with it.
 */
final class AddressSpace implements FrameOwner {
  private static final int TYPE_MASK = 0x0f;

  private static final class Mapping {
    final MemorySegment memory;
    final Arena arena;

    /** What it holds open: a memfd or a device; null for anonymous memory. */
    final OpenFile held;

    /** The memfd, if it is one. */
    final MemfdFile file;

    final long fileOffset;
    final boolean shared;
    final boolean writable;

    /** It is shared, and mprotect could make it writable: the file cannot be sealed against it. */
    final boolean mayWrite;

    final BitSet present;

    Mapping(
        MemorySegment memory,
        Arena arena,
        OpenFile held,
        long fileOffset,
        boolean shared,
        boolean writable,
        boolean mayWrite) {
      this.mayWrite = mayWrite;
      this.memory = memory;
      this.arena = arena;
      this.held = held;
      this.file = held instanceof MemfdFile memfd ? memfd : null;
      this.fileOffset = fileOffset;
      this.shared = shared;
      this.writable = writable;
      int pages =
          (int) ((memory.byteSize() + PhysicalMemory.PAGE_BYTES - 1) >> PhysicalMemory.PAGE_SHIFT);
      this.present = new BitSet(pages);
      present.set(0, pages);
    }
  }

  private final PhysicalMemory memory;
  private final Graveyard graveyard;
  private final boolean hugePages;
  private final TreeMap<Long, Mapping> mappings = new TreeMap<>();
  private final Map<Long, Integer> anonymousFrames = new HashMap<>();
  private boolean dead;

  /** {@code hugePages}: whether there are any to be had. */
  AddressSpace(PhysicalMemory memory, Graveyard graveyard, boolean hugePages) {
    this.memory = memory;
    this.graveyard = graveyard;
    this.hugePages = hugePages;
  }

  /**
   * {@code mmap(2)} at a whole page's offset; {@code file} is null for anonymous memory. The
   * mapping closes its arena.
   */
  @SuppressWarnings("MustBeClosedChecker")
  long map(long length, int prot, int flags, OpenFile file, long offset) {
    boolean shared = isShared(length, flags, file, offset);
    boolean writable = (prot & MmanUapi.PROT_WRITE) != 0;
    try (Undo undo = new Undo()) {
      Arena arena = undo.closes(Arena.ofShared());
      long whole = (length + PhysicalMemory.PAGE_BYTES - 1) & -PhysicalMemory.PAGE_BYTES;
      Mapping mapping;
      if (file == null) {
        MemorySegment anonymous = arena.allocate(whole, PhysicalMemory.PAGE_BYTES);
        mapping = new Mapping(anonymous, arena, null, 0, false, writable, false);
      } else if (file instanceof MemfdFile memfd) {
        mapping = mapMemfd(memfd, offset, whole, shared, writable, arena);
      } else if (file instanceof DeviceFile device) {
        MemorySegment bar = device.device().map(offset, whole, shared, writable, arena);
        file.hold();
        mapping = new Mapping(bar, arena, file, offset, true, writable, false);
      } else {
        throw Failure.of(file.mmapErrno(shared));
      }
      mappings.put(mapping.memory.address(), mapping);
      undo.forget();
      return mapping.memory.address();
    }
  }

  private static boolean isShared(long length, int flags, OpenFile file, long offset) {
    if (length == 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if (length < 0) {
      throw Failure.of(Errno.ENOMEM);
    }
    if (file != null && (offset < 0 || offset + length < 0)) {
      throw Failure.of(Errno.EOVERFLOW);
    }
    int kind = flags & TYPE_MASK;
    boolean validated = kind == (MmanUapi.MAP_SHARED | MmanUapi.MAP_PRIVATE) && file != null;
    if (kind != MmanUapi.MAP_SHARED && kind != MmanUapi.MAP_PRIVATE && !validated) {
      throw Failure.of(Errno.EINVAL);
    }
    return kind != MmanUapi.MAP_PRIVATE;
  }

  private static Mapping mapMemfd(
      MemfdFile memfd, long offset, long whole, boolean shared, boolean writable, Arena arena) {
    MemoryFile inode = memfd.memory();
    if (shared
        && writable
        && inode.isSealed(FcntlUapi.F_SEAL_WRITE | FcntlUapi.F_SEAL_FUTURE_WRITE)) {
      throw Failure.of(Errno.EPERM);
    }
    if (inode.isHugetlb()) {
      // A huge page cannot be mapped from its middle; and there are none, as on a guest.
      throw Failure.of(offset % MemfdFile.HUGE_PAGE_BYTES != 0 ? Errno.EINVAL : Errno.ENOMEM);
    }
    // The JDK makes a file longer to map it; what lies past the end of a memfd would be SIGBUS on
    // the real kernel.
    FileChannel.MapMode mode =
        !shared && writable
            ? FileChannel.MapMode.PRIVATE
            : writable ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY;
    long present = (long) inode.pages() << PhysicalMemory.PAGE_SHIFT;
    if (offset + whole > present) {
      inode.store().resize(offset + whole);
    }
    MemorySegment memory = inode.store().map(mode, offset, whole, arena);
    memfd.hold();
    boolean mayWrite =
        shared && !inode.isSealed(FcntlUapi.F_SEAL_WRITE | FcntlUapi.F_SEAL_FUTURE_WRITE);
    if (mayWrite) {
      inode.countWritableMapping(1);
    }
    return new Mapping(memory, arena, memfd, offset, shared, writable, mayWrite);
  }

  /** {@code munmap(2)}: a mapping is gone when its last page is. */
  void unmap(long address, long length) {
    if (address % PhysicalMemory.PAGE_BYTES != 0 || length <= 0) {
      throw Failure.of(Errno.EINVAL);
    }
    long end = address + ((length + PhysicalMemory.PAGE_BYTES - 1) & -PhysicalMemory.PAGE_BYTES);
    Long start = mappings.floorKey(address);
    var affected = mappings.subMap(start == null ? address : start, true, end, false);
    for (var each : Map.copyOf(affected).entrySet()) {
      Mapping mapping = each.getValue();
      int from = (int) (Math.max(address - each.getKey(), 0) >> PhysicalMemory.PAGE_SHIFT);
      int to =
          (int) (Math.min(end - each.getKey(), Integer.MAX_VALUE) >> PhysicalMemory.PAGE_SHIFT);
      mapping.present.clear(from, Math.max(from, Math.min(to, mapping.present.size())));
      if (mapping.present.isEmpty()) {
        mappings.remove(each.getKey());
        drop(mapping);
        mapping.arena.close();
      }
    }
    releaseAnonymous(address, end);
  }

  /**
   * {@code madvise(2)}: of what is kept out of core dumps, which do not exist here, and of huge
   * pages.
   */
  void advise(long address, long length, int advice) {
    boolean known =
        advice == MmanUapi.MADV_DONTDUMP
            || advice == MmanUapi.MADV_DODUMP
            || advice == MmanUapi.MADV_COLLAPSE;
    if (!known || address % PhysicalMemory.PAGE_BYTES != 0 || length < 0) {
      throw Failure.of(Errno.EINVAL);
    }
    Map.Entry<Long, Mapping> floor = mappings.floorEntry(address);
    if (length > 0
        && (floor == null
            || address + length > floor.getKey() + floor.getValue().memory.byteSize())) {
      throw Failure.of(Errno.ENOMEM);
    }
    if (advice == MmanUapi.MADV_COLLAPSE && length > 0) {
      collapse(floor.getValue(), address - floor.getKey(), length);
    }
  }

  /**
   * The real kernel refuses memory that was not mapped where a huge page of its file could be; here
   * every address will do, since the JVM chooses it.
   */
  private void collapse(Mapping mapping, long offset, long length) {
    if (mapping.file == null || !mapping.shared) {
      throw Failure.of(Errno.EINVAL);
    }
    long start = mapping.fileOffset;
    new HugePages(memory, hugePages, mapping.file.memory())
        .collapse(
            start, start + mapping.memory.byteSize(), start + offset, start + offset + length);
  }

  /** A page of a memfd, as it is mapped into a process. */
  record FilePage(MemoryFile file, int index) {}

  /** What is behind an address of a shared mapping of a memfd. */
  Optional<FilePage> filePage(long address) {
    Map.Entry<Long, Mapping> at = mappingAt(address);
    if (at == null || !at.getValue().shared || at.getValue().file == null) {
      return Optional.empty();
    }
    Mapping mapping = at.getValue();
    int page = (int) ((address - at.getKey()) >> PhysicalMemory.PAGE_SHIFT);
    int index = (int) (mapping.fileOffset >> PhysicalMemory.PAGE_SHIFT) + page;
    return mapping.present.get(page) && index < mapping.file.memory().pages()
        ? Optional.of(new FilePage(mapping.file.memory(), index))
        : Optional.empty();
  }

  /** The mapping that an address is in, by where it begins; null if it is in none. */
  private Map.Entry<Long, Mapping> mappingAt(long address) {
    Map.Entry<Long, Mapping> floor = mappings.floorEntry(address);
    return floor != null && address < floor.getKey() + floor.getValue().memory.byteSize()
        ? floor
        : null;
  }

  /** The frame of an anonymous page; -1 without one. */
  int anonymousFrame(long address) {
    return anonymousFrames.getOrDefault(address >>> PhysicalMemory.PAGE_SHIFT, -1);
  }

  /** Moves the anonymous pages that are not pinned to other frames; returns how many. */
  int migrate() {
    int moved = 0;
    for (Map.Entry<Long, Integer> each : anonymousFrames.entrySet()) {
      int old = each.getValue();
      if (!memory.isPinned(old) && memory.freeFrames() > 0) {
        each.setValue(memory.allocate(this, each.getKey()));
        memory.release(old);
        moved++;
      }
    }
    return moved;
  }

  private void releaseAnonymous(long start, long end) {
    if (anonymousFrames.isEmpty()) {
      return;
    }
    for (long page = start >>> PhysicalMemory.PAGE_SHIFT;
        page < end >>> PhysicalMemory.PAGE_SHIFT;
        page++) {
      Integer pfn = anonymousFrames.remove(page);
      if (pfn != null) {
        memory.release(pfn);
      }
    }
  }

  private static void drop(Mapping mapping) {
    if (mapping.mayWrite) {
      mapping.file.memory().countWritableMapping(-1);
    }
    if (mapping.held != null) {
      mapping.held.put();
    }
  }

  /**
   * Fails with EFAULT where there is no memory, or none that may be written; once the process is
   * dead, everywhere ({@code mmget_not_zero} in {@code drivers/iommu/iommufd/pages.c}, read in the
   * source).
   */
  void check(long address, long length, boolean write) {
    if (dead || length < 0 || address < 0) {
      throw Failure.of(Errno.EFAULT); // no process has that much
    }
    Map.Entry<Long, Mapping> floor = mappings.floorEntry(address);
    boolean own =
        floor != null && address + length <= floor.getKey() + floor.getValue().memory.byteSize();
    if (!own && !HostMemory.isMapped(address, length, write)) {
      throw Failure.of(Errno.EFAULT);
    }
  }

  /** The frame behind a page of the process's memory, which gets one if it has none. */
  int frameAt(long address, boolean write) {
    Map.Entry<Long, Mapping> at = mappingAt(address);
    if (at != null) {
      Mapping mapping = at.getValue();
      int page = (int) ((address - at.getKey()) >> PhysicalMemory.PAGE_SHIFT);
      boolean isDevices = mapping.held instanceof DeviceFile; // Which nobody can pin.
      if (isDevices || !mapping.present.get(page) || (write && !mapping.writable)) {
        throw Failure.of(Errno.EFAULT);
      }
      if (mapping.file != null) {
        MemoryFile inode = mapping.file.memory();
        int index = (int) (mapping.fileOffset >> PhysicalMemory.PAGE_SHIFT) + page;
        if (index >= inode.pages()) {
          throw Failure.of(Errno.EFAULT);
        }
        if (mapping.shared) {
          inode.populate(index, 1);
          return inode.frames()[index];
        }
      }
    }
    long page = address >>> PhysicalMemory.PAGE_SHIFT;
    Integer known = anonymousFrames.get(page);
    if (known == null) {
      known = memory.allocate(this, page);
      anonymousFrames.put(page, known);
    }
    return known;
  }

  /** The process is dead: nothing is its own any more. */
  void die() {
    dead = true;
    clear();
  }

  /** Nothing is the process's own any more, as with another program in it. */
  void clear() {
    for (Mapping mapping : mappings.values()) {
      drop(mapping);
      graveyard.bury(mapping.arena);
    }
    mappings.clear();
    anonymousFrames.values().forEach(memory::release);
    anonymousFrames.clear();
  }

  @Override
  public void read(long index, int offset, MemorySegment target) {
    target.copyFrom(bytes(index, offset, target.byteSize()));
  }

  @Override
  public void write(long index, int offset, MemorySegment source) {
    bytes(index, offset, source.byteSize()).copyFrom(source);
  }

  private static MemorySegment bytes(long page, int offset, long length) {
    return UserMemory.at((page << PhysicalMemory.PAGE_SHIFT) + offset, length);
  }

  @Override
  public String describe() {
    return "anonymous memory";
  }
}
