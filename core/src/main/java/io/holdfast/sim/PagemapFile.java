package io.holdfast.sim;

import static io.holdfast.sim.HostMemory.PM_MMAP_EXCLUSIVE;
import static io.holdfast.sim.HostMemory.PM_PRESENT;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An open {@code /proc/self/pagemap}: 8 bytes for each page of the process's addresses ({@code
 * fs/proc/task_mmu.c}).
 *
 * <p>Which pages are there is what the real kernel says of this JVM's; the frames are those of the
 * simulated machine.
 */
final class PagemapFile extends OpenFile {
  static final int PERMISSIONS = 0400;

  private static final int ENTRY_BYTES = Long.BYTES;
  private static final int MOST_AT_ONCE = 4096;
  private static final long PM_FILE = 1L << 61;

  /** Where a process's addresses end on x86. */
  private static final long ADDRESSES_END = (1L << 47) - PhysicalMemory.PAGE_BYTES;

  private final SimulatedProcess process;

  /** Settled when it is opened. */
  private final boolean showsFrames;

  private long position;

  PagemapFile(SimulatedProcess process) {
    this.process = process;
    this.showsFrames = process.credentials().has(Credentials.CAP_SYS_ADMIN);
  }

  @Override
  void release() {
    // Nothing is held.
  }

  @Override
  String describe() {
    return "/proc/%d/pagemap".formatted(process.getpid());
  }

  @Override
  int statusFlags() {
    return FcntlUapi.O_RDONLY | O_LARGEFILE;
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    throw Failure.of(Errno.EINVAL);
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, long argument) {
    throw Failure.of(Errno.EINVAL);
  }

  @Override
  long read(MemorySegment buffer) {
    long count = pread(buffer, position);
    position += count;
    return count;
  }

  @Override
  long pread(MemorySegment buffer, long offset) {
    if (offset < 0 || offset % ENTRY_BYTES != 0 || buffer.byteSize() % ENTRY_BYTES != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    long first = offset / ENTRY_BYTES;
    long left = Math.max(0, (ADDRESSES_END >>> PhysicalMemory.PAGE_SHIFT) - first);
    long count = Math.min(buffer.byteSize() / ENTRY_BYTES, left);
    for (long done = 0; done < count; ) {
      long[] real = HostMemory.pagemap(first + done, (int) Math.min(MOST_AT_ONCE, count - done));
      for (long entry : real) {
        long own = (entry & PM_PRESENT) == 0 ? 0 : entry(first + done, entry);
        buffer.set(ValueLayout.JAVA_LONG_UNALIGNED, done * ENTRY_BYTES, own);
        done++;
      }
    }
    return count * ENTRY_BYTES;
  }

  private long entry(long page, long real) {
    long address = page << PhysicalMemory.PAGE_SHIFT;
    AddressSpace space = process.addressSpace();
    long flags = real & (PM_PRESENT | PM_MMAP_EXCLUSIVE);
    if (space.filePage(address).isPresent()) {
      flags |= PM_FILE;
    }
    try {
      return flags | (showsFrames ? space.frameAt(address, false) : 0);
    } catch (Failure failure) {
      return 0; // A device's registers, or past the end of a file.
    }
  }

  @Override
  long pwrite(MemorySegment buffer, long offset) {
    throw Failure.of(Errno.EBADF);
  }

  @Override
  void stat(MemorySegment statx) {
    FileStatus.fill(statx, StatUapi.S_IFREG | PERMISSIONS, 1, 1, 0, 0);
  }
}
