package io.holdfast.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;

/** An open file of this machine, used on an {@link UninterruptedThread}. */
final class LocalDiskFile implements DiskFile {
  private final Path path;
  private final FileChannel channel;

  /** What tells it from another file that takes its path; null if that is not sure. */
  private final Object key;

  private LocalDiskFile(Path path, FileChannel channel, Object key) {
    this.path = path;
    this.channel = channel;
    this.key = key;
  }

  static LocalDiskFile open(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Object before = FileHoles.keyOf(path);
    return opened(path, before, FileChannel.open(path, options, attributes));
  }

  /** Opens what is a plain file, and nothing else: a FIFO there is refused and not waited for. */
  static LocalDiskFile openPlain(Path path, Set<? extends OpenOption> options) throws IOException {
    Object before = FileHoles.keyOf(path);
    try (PlainFile pinned = PlainFile.pin(path)) {
      return opened(path, before, pinned.open(options));
    }
  }

  /** Which file it is can be told if the same one was at the path before and after the opening. */
  private static LocalDiskFile opened(Path path, Object before, FileChannel channel) {
    boolean sure = before != null && before.equals(FileHoles.keyOf(path));
    return new LocalDiskFile(path, channel, sure ? before : null);
  }

  @Override
  public long sizeBytes() throws IOException {
    return UninterruptedThread.call(channel::size);
  }

  @Override
  public void read(ByteBuffer into, long at) throws IOException {
    UninterruptedThread.call(() -> {
      int start = into.position();
      int count = 0;
      while (into.hasRemaining() && count >= 0) {
        count = channel.read(into, at + into.position() - start);
      }
      return null;
    });
  }

  @Override
  public void write(ByteBuffer from, long at) throws IOException {
    UninterruptedThread.call(() -> {
      int start = from.position();
      while (from.hasRemaining()) {
        channel.write(from, at + from.position() - start);
      }
      return null;
    });
  }

  @Override
  public long dataAt(long at) throws IOException {
    return key == null ? at : FileHoles.dataAt(path, key, at, sizeBytes());
  }

  @Override
  public boolean hasHoles() throws IOException {
    return key != null && FileHoles.firstHoleAt(path, key, sizeBytes()) < sizeBytes();
  }

  @Override
  public MemorySegment map(long at, long bytes, Arena arena) throws IOException {
    return UninterruptedThread.call(
        () -> channel.map(FileChannel.MapMode.READ_WRITE, at, bytes, arena));
  }

  @Override
  public void force(boolean metadata) throws IOException {
    UninterruptedThread.call(() -> {
      channel.force(metadata);
      return null;
    });
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException ignored) {
      // Nothing is buffered in a channel; force() has reported what failed on its way to the disk.
    }
  }
}
