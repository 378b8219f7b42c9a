package io.holdfast.sim;

import static io.holdfast.uapi.MemfdUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** An open memfd. */
final class MemfdFile extends OpenFile {
  private static final long LARGEST_BYTES = 1L << 40;
  static final long HUGE_PAGE_BYTES = 2L << 20;

  private static final int LONGEST_NAME_BYTES = 249;

  private final MemoryFile memory;
  private final String path;
  private long position;

  MemfdFile(MemoryFile memory, String name) {
    this.memory = memory;
    this.path = "/memfd:" + name + " (deleted)";
    memory.hold();
  }

  /**
   * Another open file of a memfd that came from the kernel before, which does not hand on names.
   */
  MemfdFile(MemoryFile memory) {
    this.memory = memory;
    this.path = "/ (deleted)";
    memory.hold();
  }

  /** The seals a memfd begins with; {@code noexec} is the sysctl vm.memfd_noexec. */
  static int initialSeals(String name, int flags, int noexec) {
    int known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | MFD_NOEXEC_SEAL | MFD_EXEC;
    if (((flags & ~known) != 0 && (flags & MFD_HUGETLB) == 0)
        || (flags & (MFD_NOEXEC_SEAL | MFD_EXEC)) == (MFD_NOEXEC_SEAL | MFD_EXEC)
        || name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME_BYTES) {
      throw Failure.of(Errno.EINVAL);
    }
    boolean sealed = (flags & MFD_NOEXEC_SEAL) != 0 || ((flags & MFD_EXEC) == 0 && noexec > 0);
    if (noexec == 2 && !sealed) {
      throw Failure.of(Errno.EACCES);
    }
    if (sealed) {
      return FcntlUapi.F_SEAL_EXEC;
    }
    return (flags & MFD_ALLOW_SEALING) != 0 ? 0 : FcntlUapi.F_SEAL_SEAL;
  }

  MemoryFile memory() {
    return memory;
  }

  @Override
  void release() {
    memory.put();
  }

  @Override
  String describe() {
    return path;
  }

  @Override
  int statusFlags() {
    return FcntlUapi.O_RDWR | O_LARGEFILE;
  }

  long position() {
    return position;
  }

  void setPosition(long offset) {
    position = offset;
  }

  @Override
  void truncate(long length) {
    if (length < 0
        || length > LARGEST_BYTES
        || (memory.isHugetlb() && length % HUGE_PAGE_BYTES != 0)) {
      throw Failure.of(Errno.EINVAL);
    }
    boolean shrinks = length < memory.size();
    boolean grows = length > memory.size();
    if (((shrinks || grows) && memory.isFrozen())
        || (shrinks && memory.isSealed(FcntlUapi.F_SEAL_SHRINK))
        || (grows && memory.isSealed(FcntlUapi.F_SEAL_GROW))) {
      throw Failure.of(Errno.EPERM);
    }
    memory.resize(length);
  }

  @Override
  long pread(MemorySegment buffer, long offset) {
    if (offset < 0) {
      throw Failure.of(Errno.EINVAL);
    }
    long count = Math.clamp(memory.size() - offset, 0, buffer.byteSize());
    if (count > 0) {
      memory.store().read(offset, buffer.asSlice(0, count));
    }
    return count;
  }

  @Override
  long read(MemorySegment buffer) {
    long count = pread(buffer, position);
    position += count;
    return count;
  }

  @Override
  long pwrite(MemorySegment buffer, long offset) {
    // hugetlbfs has no write at all: even an empty one is refused, as tried on the real kernel.
    if (memory.isHugetlb() || offset < 0) {
      throw Failure.of(Errno.EINVAL);
    }
    long count = buffer.byteSize();
    if (count == 0) {
      return 0;
    }
    if (offset + count > LARGEST_BYTES) {
      throw Failure.of(Errno.EFBIG);
    }
    boolean grows = offset + count > memory.size();
    if (memory.isSealed(FcntlUapi.F_SEAL_WRITE | FcntlUapi.F_SEAL_FUTURE_WRITE)
        || (grows && (memory.isSealed(FcntlUapi.F_SEAL_GROW) || memory.isFrozen()))) {
      throw Failure.of(Errno.EPERM);
    }
    if (grows) {
      memory.resize(offset + count);
    }
    int first = (int) (offset >> PhysicalMemory.PAGE_SHIFT);
    int last = (int) ((offset + count - 1) >> PhysicalMemory.PAGE_SHIFT);
    memory.populate(first, last - first + 1);
    memory.store().write(offset, buffer);
    return count;
  }

  int addSeals(int seals) {
    int known =
        FcntlUapi.F_SEAL_SEAL
            | FcntlUapi.F_SEAL_SHRINK
            | FcntlUapi.F_SEAL_GROW
            | FcntlUapi.F_SEAL_WRITE
            | FcntlUapi.F_SEAL_FUTURE_WRITE
            | FcntlUapi.F_SEAL_EXEC;
    if ((seals & ~known) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if (memory.isSealed(FcntlUapi.F_SEAL_SEAL)) {
      throw Failure.of(Errno.EPERM);
    }
    if ((memory.withImplied(seals) & FcntlUapi.F_SEAL_WRITE) != 0
        && !memory.isSealed(FcntlUapi.F_SEAL_WRITE)
        && (memory.writableMappings() > 0 || memory.isPinned())) {
      throw Failure.of(Errno.EBUSY);
    }
    memory.addSeals(seals);
    return 0;
  }

  @Override
  void stat(MemorySegment statx) {
    int mode = StatUapi.S_IFREG | (memory.isExecutable() ? 0777 : 0666);
    FileStatus.fill(statx, mode, 0, memory.inode(), memory.size(), memory.residentPages() * 8L);
  }
}
