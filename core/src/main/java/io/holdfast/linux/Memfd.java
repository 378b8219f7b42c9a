package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.AT_EMPTY_PATH;
import static io.holdfast.uapi.FcntlUapi.F_ADD_SEALS;
import static io.holdfast.uapi.FcntlUapi.F_GET_SEALS;
import static io.holdfast.uapi.FcntlUapi.F_SEAL_EXEC;
import static io.holdfast.uapi.FcntlUapi.F_SEAL_FUTURE_WRITE;
import static io.holdfast.uapi.FcntlUapi.F_SEAL_GROW;
import static io.holdfast.uapi.FcntlUapi.F_SEAL_SEAL;
import static io.holdfast.uapi.FcntlUapi.F_SEAL_SHRINK;
import static io.holdfast.uapi.FcntlUapi.F_SEAL_WRITE;
import static io.holdfast.uapi.MemfdUapi.MFD_ALLOW_SEALING;
import static io.holdfast.uapi.MemfdUapi.MFD_CLOEXEC;
import static io.holdfast.uapi.MemfdUapi.MFD_EXEC;
import static io.holdfast.uapi.StatUapi.STATX_BASIC_STATS;

import io.holdfast.model.NotPreservableException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A memfd: a file of anonymous memory, the one kind of memory that Linux 7.3 preserves over a
 * kexec.
 *
 * <p>Made with MFD_EXEC, because a memfd made with MFD_NOEXEC_SEAL comes back read-only. Sizes and
 * offsets are bytes. Thread-safe.
 */
public final class Memfd extends Descriptor {
  /** What it is does not change while it is open. */
  private volatile boolean known;

  /** Takes over an open memfd that is known to be one. */
  public Memfd(Syscalls syscalls, int fd, String name) {
    super(syscalls, fd, "memfd \"" + name + "\"");
  }

  /**
   * Makes a memfd of the given size; its pages are zero, and allocated when touched, mapped or
   * preserved.
   */
  public static Memfd create(Syscalls syscalls, String name, long sizeBytes) {
    return create(syscalls, name, sizeBytes, 0);
  }

  /** As {@link #create}, of a size that nobody changes any more: sealed. */
  public static Memfd createSealed(Syscalls syscalls, String name, long sizeBytes) {
    Memfd memfd = create(syscalls, name, sizeBytes, MFD_ALLOW_SEALING);
    int sealed = memfd.fcntl(F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    if (sealed < 0) {
      memfd.close();
      throw KernelErrors.of("fcntl(F_ADD_SEALS)", sealed, memfd.what());
    }
    return memfd;
  }

  private static Memfd create(Syscalls syscalls, String name, long sizeBytes, int flags) {
    int fd = syscalls.memfd_create("holdfast-" + name, MFD_CLOEXEC | MFD_EXEC | flags);
    Memfd memfd =
        new Memfd(
            syscalls, KernelErrors.check(fd, "memfd_create", "\"holdfast-" + name + "\""), name);
    try {
      memfd.resize(sizeBytes);
    } catch (RuntimeException e) {
      memfd.close();
      throw e;
    }
    return memfd;
  }

  /**
   * Checks that a memfd can be preserved for a live update and used for DMA afterwards.
   *
   * @throws NotPreservableException naming what would block it
   */
  public void requirePreservable() {
    int seals = requireMemfd();
    if ((seals & F_SEAL_EXEC) != 0) {
      throw new NotPreservableException(
          what()
              + " carries F_SEAL_EXEC and would come back from the kexec read-only, its memory lost"
              + " to DMA",
          "create it with MFD_EXEC, not MFD_NOEXEC_SEAL, and set vm.memfd_noexec to 0 if it was not"
              + " asked for");
    }
    if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0) {
      throw new NotPreservableException(
          what() + " is sealed against writing",
          "DMA memory must stay writeable; create it without F_SEAL_WRITE");
    }
    // hugetlbfs has no write(2): it refuses even an empty one, where shmem answers 0.
    if (pwrite(MemorySegment.NULL, 0) == -Errno.EINVAL) {
      throw new NotPreservableException(
          what() + " is made of hugetlb pages, which Linux 7.3 does not preserve",
          "create it without MFD_HUGETLB");
    }
  }

  /**
   * Checks that it is a file in memory, which alone have seals, and returns those.
   *
   * @throws NotPreservableException if it is not
   */
  int requireMemfd() {
    int seals = fcntl(F_GET_SEALS, 0);
    if (seals < 0) {
      throw new NotPreservableException(
          what() + " is not a memfd: " + Errno.name(-seals) + " when asked for its seals",
          "use a file made by memfd_create(2)");
    }
    known = true;
    return seals;
  }

  /**
   * Checks, once, that it is a file in memory.
   *
   * @throws NotPreservableException if it is not
   */
  void requireKnownMemfd() {
    if (!known) {
      requireMemfd();
    }
  }

  /** Its size now. */
  public long sizeBytes() {
    try (Arena arena = Arena.ofConfined()) {
      return statx.stx_size.get(status(arena));
    }
  }

  /** What tells it from every other file of this boot. */
  public FileIdentity identity() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = status(arena);
      return new FileIdentity(
          statx.stx_dev_major.get(status),
          statx.stx_dev_minor.get(status),
          statx.stx_ino.get(status));
    }
  }

  private MemorySegment status(Arena arena) {
    MemorySegment status = arena.allocate(statx.LAYOUT.size(), 8);
    int number = acquire();
    try {
      int result = syscalls().statx(number, "", AT_EMPTY_PATH, STATX_BASIC_STATS, status);
      KernelErrors.check(result, "statx", what());
    } finally {
      release();
    }
    return status;
  }

  /** Grows or shrinks it. A preserved memfd cannot be resized. */
  public void resize(long sizeBytes) {
    int number = acquire();
    try {
      KernelErrors.check(
          syscalls().ftruncate(number, sizeBytes),
          "ftruncate",
          what() + " to " + sizeBytes + " bytes");
    } finally {
      release();
    }
  }

  /** Maps a part of it, readable and writeable. */
  public MappedMemory map(long offsetBytes, long lengthBytes) {
    return MappedMemory.map(this, offsetBytes, lengthBytes);
  }

  /** Writes all of {@code content} (native memory) at an offset. */
  public void write(MemorySegment content, long offsetBytes) {
    for (long done = 0; done < content.byteSize(); ) {
      long written = pwrite(content.asSlice(done), offsetBytes + done);
      if (written <= 0) {
        throw KernelErrors.of("pwrite", written == 0 ? -Errno.EIO : written, what());
      }
      done += written;
    }
  }
}
