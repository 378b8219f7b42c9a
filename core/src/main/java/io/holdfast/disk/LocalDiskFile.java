package io.holdfast.disk;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.HashSet;
import java.util.Set;

/**
 * An open file of this machine.
 *
 * <p>Java closes a channel under its operation when the thread is interrupted. What that happens to
 * opens the file again and starts over.
 */
final class LocalDiskFile implements DiskFile {
  /** Something that can be done again from its start. */
  @FunctionalInterface
  private interface Operation<T> {
    T run(FileChannel channel) throws IOException;
  }

  private final Set<OpenOption> options;
  private Path path;
  private FileChannel channel;
  private boolean closed;

  private LocalDiskFile(Path path, FileChannel channel, Set<OpenOption> options) {
    this.path = path;
    this.channel = channel;
    this.options = options;
  }

  /** Opens it; {@link StandardOpenOption#CREATE_NEW} applies to the first time only. */
  static LocalDiskFile open(Path path, Set<OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Set<OpenOption> again = new HashSet<>(options);
    again.remove(StandardOpenOption.CREATE_NEW);
    again.add(NOFOLLOW_LINKS);
    return new LocalDiskFile(path, FileChannel.open(path, options, attributes), again);
  }

  private synchronized <T> T run(Operation<T> operation) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        if (!closed && !channel.isOpen()) {
          channel = FileChannel.open(path, options);
        }
        try {
          return operation.run(channel);
        } catch (ClosedByInterruptException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public long sizeBytes() throws IOException {
    return run(FileChannel::size);
  }

  @Override
  public void read(ByteBuffer into, long at) throws IOException {
    int start = into.position();
    run(open -> {
      int count = 0;
      into.position(start);
      while (into.hasRemaining() && count >= 0) {
        count = open.read(into, at + into.position() - start);
      }
      return null;
    });
  }

  @Override
  public void write(ByteBuffer from, long at) throws IOException {
    int start = from.position();
    run(open -> {
      from.position(start);
      while (from.hasRemaining()) {
        open.write(from, at + from.position() - start);
      }
      return null;
    });
  }

  @Override
  public MemorySegment map(long at, long bytes, Arena arena) throws IOException {
    return run(open -> open.map(FileChannel.MapMode.READ_WRITE, at, bytes, arena));
  }

  @Override
  public void force(boolean metadata) throws IOException {
    run(open -> {
      open.force(metadata);
      return null;
    });
  }

  @Override
  public synchronized void renamedTo(Path newPath) {
    path = newPath;
  }

  @Override
  public synchronized void close() {
    closed = true;
    try {
      channel.close();
    } catch (IOException ignored) {
      // Nothing is buffered in a channel; force() has reported what failed on its way to the disk.
    }
  }
}
