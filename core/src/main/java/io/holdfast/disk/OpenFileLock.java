package io.holdfast.disk;

import static io.holdfast.uapi.FcntlUapi.AT_EMPTY_PATH;
import static io.holdfast.uapi.FcntlUapi.AT_FDCWD;
import static io.holdfast.uapi.FcntlUapi.AT_SYMLINK_NOFOLLOW;
import static io.holdfast.uapi.FcntlUapi.F_OFD_SETLK;
import static io.holdfast.uapi.FcntlUapi.F_WRLCK;
import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_CREAT;
import static io.holdfast.uapi.FcntlUapi.O_NONBLOCK;
import static io.holdfast.uapi.FcntlUapi.O_RDWR;
import static io.holdfast.uapi.StatUapi.STATX_BASIC_STATS;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import io.holdfast.uapi.FcntlUapi.flock;
import io.holdfast.uapi.StatUapi.statx;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A lock of the open file description ({@code F_OFD_SETLK}, fcntl(2)).
 *
 * <p>Java's {@link java.nio.channels.FileLock} is a POSIX lock: it belongs to the process, and the
 * kernel drops it when the process closes any descriptor of the file. This one goes with the last
 * copy of the descriptor that it was taken with, of which this object has the only one. The two
 * kinds exclude each other.
 */
final class OpenFileLock implements DiskLock {
  /** One of the few constants that x86-64 and arm64 spell differently. */
  static final int O_NOFOLLOW = System.getProperty("os.arch").equals("aarch64") ? 0x8000 : 0x20000;

  private static final int FILE_MODE = 0600;

  /** A note has always this length, so that a shorter one leaves nothing of a longer one. */
  private static final int NOTE_BYTES = 64;

  private final Syscalls syscalls;
  private int fd;

  private OpenFileLock(Syscalls syscalls, int fd) {
    this.syscalls = syscalls;
    this.fd = fd;
  }

  /**
   * Takes the lock, at once or not at all, and leaves a note in the file for whoever comes next.
   *
   * @throws HeldException if somebody has it
   */
  static OpenFileLock acquire(Syscalls syscalls, Path file, String note) throws IOException {
    while (true) {
      int fd =
          syscalls.open(
              file.toString(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, FILE_MODE);
      check(fd, "open", file);
      try (Undo undo = new Undo()) {
        OpenFileLock lock = undo.closes(new OpenFileLock(syscalls, fd));
        lock.lock(file);
        if (lock.isStillAt(file)) {
          lock.writeNote(note);
          undo.forget();
          return lock;
        }
        // Somebody removed the file between the two calls; whoever comes next locks another one.
      }
    }
  }

  private void lock(Path file) throws IOException {
    int answer;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lock = arena.allocate(flock.LAYOUT.size(), flock.LAYOUT.alignment());
      flock.l_type.set(lock, F_WRLCK);
      answer = syscalls.fcntl(fd, F_OFD_SETLK, lock.address());
    }
    if (answer == -Errno.EAGAIN || answer == -Errno.EACCES) {
      throw new HeldException(file + " is locked", readNote());
    }
    check(answer, "fcntl(F_OFD_SETLK)", file);
  }

  private boolean isStillAt(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment here = arena.allocate(statx.LAYOUT.size(), statx.LAYOUT.alignment());
      MemorySegment there = arena.allocate(statx.LAYOUT.size(), statx.LAYOUT.alignment());
      check(syscalls.statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, here), "statx", file);
      int found =
          syscalls.statx(AT_FDCWD, file.toString(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, there);
      if (found == -Errno.ENOENT) {
        return false;
      }
      check(found, "statx", file);
      return statx.stx_ino.get(here) == statx.stx_ino.get(there)
          && statx.stx_dev_major.get(here) == statx.stx_dev_major.get(there)
          && statx.stx_dev_minor.get(here) == statx.stx_dev_minor.get(there);
    }
  }

  /** Says who holds it; on a full disk the lock holds without. */
  private void writeNote(String note) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(NOTE_BYTES).fill((byte) '\n');
      byte[] bytes = note.getBytes(StandardCharsets.US_ASCII);
      MemorySegment.copy(
          bytes, 0, text, ValueLayout.JAVA_BYTE, 0, Math.min(bytes.length, NOTE_BYTES));
      // Whoever is refused is told that the pid is not known.
      long _ = syscalls.pwrite(fd, text, 0);
    }
  }

  private String readNote() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(NOTE_BYTES);
      long length = Math.max(0, syscalls.pread(fd, text, 0));
      return new String(
              text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII)
          .strip();
    }
  }

  private static void check(int answer, String call, Path file) throws IOException {
    if (answer < 0) {
      throw new IOException(
          call + " of " + file + ": " + Errno.name(-answer) + ", " + Errno.describe(-answer));
    }
  }

  @Override
  public synchronized void close() {
    if (fd >= 0) {
      syscalls.close(fd);
      fd = -1;
    }
  }
}
