package io.holdfast.sim;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The bytes of one memfd: a sparse file in the machine's directory, so that every process that maps
 * it, and the next owner of the directory, see the same bytes.
 *
 * <p>A kernel knows nothing of the interrupts of Java's threads, so nothing is read or written
 * through a channel that one of them could close. Thread-safe.
 */
final class PageStore {
  private static final int COPY_BYTES = 1 << 16;

  private final Path path;
  private final RandomAccessFile file;

  private PageStore(Path path, RandomAccessFile file) {
    this.path = path;
    this.file = file;
  }

  static PageStore open(Path path) {
    try {
      if (!Files.exists(path)) {
        Files.createFile(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      return new PageStore(path, new RandomAccessFile(path.toFile(), "rw"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sets the length, in bytes; the file is kept a whole number of pages long. */
  synchronized void resize(long bytes) {
    try {
      if (file.length() > bytes) {
        file.setLength(bytes);
      }
      long whole = (bytes + PhysicalMemory.PAGE_BYTES - 1) & -PhysicalMemory.PAGE_BYTES;
      if (file.length() < whole) {
        file.setLength(whole);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fills {@code target} from {@code offset}; the file is long enough. */
  synchronized void read(long offset, MemorySegment target) {
    byte[] copy = new byte[(int) Math.min(COPY_BYTES, target.byteSize())];
    try {
      file.seek(offset);
      for (long at = 0; at < target.byteSize(); at += copy.length) {
        int length = (int) Math.min(copy.length, target.byteSize() - at);
        file.readFully(copy, 0, length);
        MemorySegment.copy(copy, 0, target, ValueLayout.JAVA_BYTE, at, length);
      }
    } catch (EOFException e) {
      throw new IllegalStateException(
          "%s ends before byte %d".formatted(path, offset + target.byteSize()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized void write(long offset, MemorySegment source) {
    byte[] copy = new byte[(int) Math.min(COPY_BYTES, source.byteSize())];
    try {
      file.seek(offset);
      for (long at = 0; at < source.byteSize(); at += copy.length) {
        int length = (int) Math.min(copy.length, source.byteSize() - at);
        MemorySegment.copy(source, ValueLayout.JAVA_BYTE, at, copy, 0, length);
        file.write(copy, 0, length);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  MemorySegment map(FileChannel.MapMode mode, long offset, long length, Arena arena) {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try (FileChannel channel =
            FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
          return channel.map(mode, offset, length, arena);
        } catch (ClosedByInterruptException e) {
          interrupted = true;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Keeps the file for the next owner of the directory. */
  void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void delete() {
    close();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
