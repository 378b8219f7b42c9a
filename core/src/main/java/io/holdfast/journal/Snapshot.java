package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.serializer.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Writes a whole state into a fresh file, with room for more. */
final class Snapshot {
  /**
   * Records are put together to changes of about this size: large enough to fill frames, small
   * enough to hold.
   */
  private static final int CHANGE_BYTES = 8 * Frame.MAX_PAYLOAD_BYTES;

  /**
   * A small file has room for much more than it starts with, since every move stalls the driver; a
   * large one for less, since the room is taken from the disk.
   */
  private static final long SMALL_BYTES = 64L << 20;

  private static final long LARGE_BYTES = 256L << 20;

  private Snapshot() {}

  /**
   * Answers the file, open for more; on a disk that is nearly full, with less room for it. Nothing
   * is left behind where this fails.
   *
   * @throws IOException if it cannot be written, or grows past what a journal can be
   */
  static JournalFile write(
      Disk disk, Path path, JournalHeader header, int fileNumber, JournalFold fold)
      throws IOException {
    return write(disk, path, header, fileNumber, fold, JournalFile::create);
  }

  /** As {@link #write}, into a plain file without room for more. */
  static JournalFile writePlain(
      Disk disk, Path path, JournalHeader header, int fileNumber, JournalFold fold)
      throws IOException {
    JournalFile file = write(disk, path, header, fileNumber, fold, JournalFile::createPlain);
    file.seal();
    return file;
  }

  /** Makes an empty file. */
  @FunctionalInterface
  private interface Creation {
    JournalFile create(
        Disk disk, Path path, JournalHeader header, int fileNumber, long contentBytes)
        throws IOException;
  }

  private static JournalFile write(
      Disk disk,
      Path path,
      JournalHeader header,
      int fileNumber,
      JournalFold fold,
      Creation creation)
      throws IOException {
    long sizeBytes = fold.estimatedBytes();
    long contentBytes =
        Math.max(
            2 * sizeBytes,
            Math.max(Math.min(4 * sizeBytes, LARGE_BYTES), Math.min(16 * sizeBytes, SMALL_BYTES)));
    long leastBytes = sizeBytes + sizeBytes / 4;
    while (true) {
      JournalFile file;
      try {
        file = creation.create(disk, path, header, fileNumber, contentBytes);
      } catch (IOException e) {
        if (contentBytes <= leastBytes || !isFull(e)) {
          throw e;
        }
        contentBytes = Math.max(leastBytes, contentBytes / 2);
        continue;
      }
      boolean complete = false;
      try {
        complete = new Writer(file).write(fold);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      } finally {
        if (!complete) {
          file.close();
          FileSwitch.deleteLeftover(disk, path);
        }
      }
      if (complete) {
        return file;
      }
      leastBytes = 2 * Math.max(contentBytes, Frame.MAX_BYTES);
      contentBytes = leastBytes;
    }
  }

  /** Whether there is no room, going by the words of the C library or of Chronicle. */
  private static boolean isFull(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left")
        || message.contains("Not enough space")
        || message.contains("quota exceeded");
  }

  private static final class Writer implements Consumer<JournalRecord> {
    private final JournalFile file;
    private final Sink sink = Frame.sink();
    private int records;
    private boolean full;

    Writer(JournalFile file) {
      this.file = file;
    }

    /** Whether everything found room. */
    boolean write(JournalFold fold) {
      fold.forEachRecord(this);
      flush();
      return !full;
    }

    @Override
    public void accept(JournalRecord record) {
      if (full) {
        return;
      }
      RecordCodec.write(sink, record);
      records++;
      if (sink.size() >= CHANGE_BYTES) {
        flush();
      }
    }

    private void flush() {
      if (records > 0 && !full) {
        full = !file.write(sink, records);
      }
      sink.clear();
      records = 0;
    }
  }
}
