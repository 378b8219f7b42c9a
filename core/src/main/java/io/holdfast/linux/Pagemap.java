package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_RDONLY;

import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.MemorySegment;

/**
 * An open {@code /proc/self/pagemap}: what is behind each page of this process's addresses at the
 * moment of reading.
 *
 * <p>Mirrors {@code Documentation/admin-guide/mm/pagemap.rst}. Thread-safe; every refusal is a
 * {@link KernelException}.
 */
public final class Pagemap extends Descriptor {
  /** How many bytes of it tell of one page. */
  public static final int ENTRY_BYTES = Long.BYTES;

  private static final String PATH = "/proc/self/pagemap";
  private static final long FRAME = (1L << 55) - 1;
  private static final long EXCLUSIVE = 1L << 56;
  private static final long FILE = 1L << 61;
  private static final long SWAPPED = 1L << 62;
  private static final long PRESENT = 1L << 63;

  private Pagemap(Syscalls syscalls, int fd) {
    super(syscalls, fd, PATH);
  }

  /** Opens it; who opens it without CAP_SYS_ADMIN is told no frames. */
  public static Pagemap open(Syscalls syscalls) {
    int fd = syscalls.open(PATH, O_RDONLY | O_CLOEXEC, 0);
    return new Pagemap(syscalls, KernelErrors.check(fd, "open " + PATH, ""));
  }

  /**
   * Reads the entries of pages that follow each other.
   *
   * @param page the first page's address, divided by the page size
   * @param entries native memory for {@link #ENTRY_BYTES} each; filled, or the call fails
   */
  public void read(long page, MemorySegment entries) {
    for (long done = 0; done < entries.byteSize(); ) {
      long answer = pread(entries.asSlice(done), page * ENTRY_BYTES + done);
      if (answer <= 0) {
        throw KernelErrors.of(
            "pread",
            answer < 0 ? answer : -Errno.EFAULT,
            what() + ", page 0x%x".formatted(page + done / ENTRY_BYTES));
      }
      done += answer;
    }
  }

  /** Whether the page is in memory, and mapped. */
  public static boolean isPresent(long entry) {
    return (entry & PRESENT) != 0;
  }

  /** Whether it was swapped out, or is being moved. */
  public static boolean isSwapped(long entry) {
    return (entry & SWAPPED) != 0;
  }

  /**
   * Whether it is memory of this process alone: not a file's, not the page of zeroes that unwritten
   * memory reads as, not one that another process or KSM shares.
   */
  public static boolean isOwn(long entry) {
    return (entry & (FILE | EXCLUSIVE)) == EXCLUSIVE;
  }

  /** Whether it is a file's, a memfd's for instance, or of shared memory. */
  public static boolean isFiles(long entry) {
    return (entry & FILE) != 0;
  }

  /**
   * The frame's number, its physical address divided by the page size; 0 where that is not told.
   */
  public static long frame(long entry) {
    return entry & FRAME;
  }
}
