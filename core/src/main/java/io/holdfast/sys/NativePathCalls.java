package io.holdfast.sys;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The running kernel's files by their paths; a part of {@link NativeSyscalls}. */
abstract sealed class NativePathCalls extends NativeSocketCalls implements Syscalls
    permits NativeSyscalls {
  /**
   * The longest path the kernel takes or a link can hold, with its terminating zero ({@code
   * linux/limits.h}).
   */
  private static final int PATH_MAX = 4096;

  /** Enough for some hundred names a call; the kernel fills it with whole entries. */
  private static final int FOLDER_BUFFER_BYTES = 32 * 1024;

  /**
   * {@code struct linux_dirent64} ({@code linux/dirent.h} in the kernel): u64 ino, s64 off, u16
   * reclen, u8 type, name.
   */
  private static final long DIRENT_LENGTH_OFFSET = 16;

  private static final long DIRENT_NAME_OFFSET = 19;

  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_CLOEXEC = 0x80000;

  /**
   * One of the few constants that x86-64 ({@code asm-generic/fcntl.h}) and arm64 ({@code
   * asm/fcntl.h}) spell differently.
   */
  private static final int O_DIRECTORY =
      System.getProperty("os.arch").equals("aarch64") ? 0x4000 : 0x10000;

  @Override
  public final int open(String path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      return open(string(arena, path), flags, mode);
    }
  }

  private static int open(MemorySegment path, int flags, int mode) {
    int answer;
    do {
      answer = Libc.open(path, flags, mode);
    } while (answer == -Errno.EINTR);
    return answer;
  }

  @Override
  public final int statx(int dirfd, String path, int flags, int mask, MemorySegment statx) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = string(arena, path);
      int answer;
      do {
        answer = Libc.statx(dirfd, name, flags, mask, statx);
      } while (answer == -Errno.EINTR);
      return answer;
    }
  }

  @Override
  public final int readFile(String path, byte[] buffer) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = open(string(arena, path), O_RDONLY | O_CLOEXEC, 0);
      if (fd < 0) {
        return fd;
      }
      try {
        return readToEnd(fd, arena.allocate(Math.max(1, buffer.length)), buffer);
      } finally {
        Libc.close(fd);
      }
    }
  }

  private static int readToEnd(int fd, MemorySegment copy, byte[] buffer) {
    int filled = 0;
    while (filled < buffer.length) {
      long read = read(fd, copy.asSlice(filled), buffer.length - filled);
      if (read < 0) {
        return (int) read;
      }
      if (read == 0) {
        break;
      }
      filled += (int) read;
    }
    MemorySegment.copy(copy, ValueLayout.JAVA_BYTE, 0, buffer, 0, filled);
    return filled;
  }

  @Override
  public final int writeFile(String path, byte[] content) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = open(string(arena, path), O_WRONLY | O_CLOEXEC, 0);
      if (fd < 0) {
        return fd;
      }
      MemorySegment copy = arena.allocate(Math.max(1, content.length));
      MemorySegment.copy(content, 0, copy, ValueLayout.JAVA_BYTE, 0, content.length);
      int written = (int) Libc.write(fd, copy, content.length);
      int closed = Libc.close(fd);
      return written < 0 || closed == 0 ? written : closed;
    }
  }

  @Override
  public final int listFolder(String path, List<String> names) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = open(string(arena, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
      if (fd < 0) {
        return fd;
      }
      try {
        return listFolder(fd, arena.allocate(FOLDER_BUFFER_BYTES, Long.BYTES), names);
      } finally {
        Libc.close(fd);
      }
    }
  }

  private static int listFolder(int fd, MemorySegment entries, List<String> names) {
    int count = 0;
    while (true) {
      long filled = Libc.getdents64(fd, entries, entries.byteSize());
      if (filled <= 0) {
        return filled < 0 ? (int) filled : count;
      }
      for (long at = 0; at < filled; ) {
        String name = entries.getString(at + DIRENT_NAME_OFFSET, UTF_8);
        if (!name.equals(".") && !name.equals("..")) {
          names.add(name);
          count++;
        }
        at += entries.get(ValueLayout.JAVA_SHORT, at + DIRENT_LENGTH_OFFSET) & 0xffff;
      }
    }
  }

  @Override
  public final int readLink(String path, List<String> target) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PATH_MAX);
      MemorySegment link = string(arena, path);
      long length;
      do {
        length = Libc.readlink(link, buffer, PATH_MAX);
      } while (length == -Errno.EINTR);
      if (length == PATH_MAX) {
        return -Errno.ENAMETOOLONG; // readlink cuts silently
      }
      if (length >= 0) {
        target.add(new String(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), UTF_8));
      }
      return (int) length;
    }
  }

  @Override
  public final int mkdir(String path, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      return LibcProcess.mkdir(string(arena, path), mode);
    }
  }

  @Override
  public final int unlink(String path) {
    try (Arena arena = Arena.ofConfined()) {
      return LibcProcess.unlink(string(arena, path));
    }
  }

  static long read(int fd, MemorySegment buffer, long length) {
    long answer;
    do {
      answer = Libc.read(fd, buffer, length);
    } while (answer == -Errno.EINTR);
    return answer;
  }

  /**
   * C ends a string at its first zero byte: with one inside, the kernel would see another path than
   * the caller wrote.
   */
  static MemorySegment string(Arena arena, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a zero byte in " + text.replace("\0", "\\0"));
    }
    return arena.allocateFrom(text, UTF_8);
  }
}
