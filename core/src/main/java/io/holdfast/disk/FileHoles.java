package io.holdfast.disk;

import static io.holdfast.uapi.FcntlUapi.AT_EMPTY_PATH;
import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_NONBLOCK;
import static io.holdfast.uapi.FcntlUapi.O_RDONLY;
import static io.holdfast.uapi.StatUapi.STATX_BASIC_STATS;

import io.holdfast.sys.Errno;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.uapi.StatUapi.statx;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Finds the holes of a file by {@code lseek(2)} with SEEK_DATA and SEEK_HOLE, which Java does not
 * have.
 *
 * <p>The file is opened once more by its path; if another one is there meanwhile, nothing is known
 * of holes. Links the C library when it is first used, so it is asked about large files only.
 * Stateless and thread-safe.
 */
final class FileHoles {
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private FileHoles() {}

  /** What tells a file from another; null if there is none. */
  static Object keyOf(Path path) {
    try {
      return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      return null;
    }
  }

  /** Where data begins, from {@code at} on. */
  static long dataAt(Path path, Object key, long at, long sizeBytes) {
    long found = seek(path, key, at, SEEK_DATA);
    if (found == -Errno.ENXIO) {
      return Math.max(at, sizeBytes);
    }
    return Math.max(at, found);
  }

  /** Where the first hole begins; the size if there is none. */
  static long firstHoleAt(Path path, Object key, long sizeBytes) {
    long found = seek(path, key, 0, SEEK_HOLE);
    return found < 0 ? sizeBytes : found;
  }

  private static long seek(Path path, Object key, long at, int whence) {
    NativeSyscalls syscalls = NativeSyscalls.open();
    int fd =
        syscalls.open(
            path.toString(), O_RDONLY | OpenFileLock.O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0) {
      return fd;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment here = arena.allocate(statx.LAYOUT.size(), statx.LAYOUT.alignment());
      int answer = syscalls.statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, here);
      if (answer < 0 || !key.equals(statx.stx_ino.get(here))) {
        return -Errno.ESTALE;
      }
      return syscalls.lseek(fd, at, whence);
    } finally {
      syscalls.close(fd);
    }
  }
}
