package io.holdfast.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The bytes of one memfd: a sparse file in the machine's folder, so that every process that maps
 * it, and the next owner of the folder, see the same bytes.
 */
final class PageStore {
  private final Path file;
  private final FileChannel channel;

  private PageStore(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  static PageStore open(Path file) {
    try {
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return new PageStore(file, channel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sets the length, in bytes; the file is kept a whole number of pages long. */
  void resize(long bytes) {
    try {
      if (channel.size() > bytes) {
        channel.truncate(bytes);
      }
      long whole = (bytes + PhysicalMemory.PAGE_BYTES - 1) & -PhysicalMemory.PAGE_BYTES;
      if (channel.size() < whole) {
        channel.write(ByteBuffer.allocate(1), whole - 1);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fills {@code target} from {@code offset}; the file is long enough. */
  void read(long offset, MemorySegment target) {
    try {
      ByteBuffer buffer = target.asByteBuffer();
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, offset + buffer.position()) < 0) {
          throw new IllegalStateException(
              "%s ends before byte %d".formatted(file, offset + buffer.position()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void write(long offset, MemorySegment source) {
    try {
      ByteBuffer buffer = source.asByteBuffer();
      while (buffer.hasRemaining()) {
        channel.write(buffer, offset + buffer.position());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  MemorySegment map(FileChannel.MapMode mode, long offset, long length, Arena arena) {
    try {
      return channel.map(mode, offset, length, arena);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keeps the file for the next owner of the folder. */
  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void delete() {
    close();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
