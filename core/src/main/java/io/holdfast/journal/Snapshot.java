package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.serializer.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Writes a whole state into a fresh file, with room for more. Used once, by one thread. */
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

  private final Disk disk;
  private final Path path;
  private final JournalHeader header;
  private final int fileNumber;
  private final FoldSnapshot state;
  private final BooleanSupplier abandoned;

  /**
   * A state to write.
   *
   * @param path where nothing is yet
   * @param fileNumber which file of its journal it is going to be
   * @param abandoned asked now and then; once it is true, the writing fails
   */
  Snapshot(
      Disk disk,
      Path path,
      JournalHeader header,
      int fileNumber,
      FoldSnapshot state,
      BooleanSupplier abandoned) {
    this.disk = disk;
    this.path = path;
    this.header = header;
    this.fileNumber = fileNumber;
    this.state = state;
    this.abandoned = abandoned;
  }

  /** Makes an empty file. */
  @FunctionalInterface
  private interface Creation {
    JournalFile create(
        Disk disk, Path path, JournalHeader header, int fileNumber, long contentBytes)
        throws IOException;
  }

  /**
   * Answers the file, open for more; on a disk that is nearly full, with less room for it. Nothing
   * is left behind where this fails.
   *
   * @param plain whether it is to be one that does without Chronicle
   * @throws IOException if it cannot be written, or grows past what a journal can be
   */
  JournalFile write(boolean plain) throws IOException {
    Creation creation = plain ? JournalFile::createPlain : JournalFile::create;
    long sizeBytes = state.estimatedBytes();
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
        complete = new Writer(file).write();
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

  private final class Writer implements Consumer<JournalRecord> {
    private final JournalFile file;
    private final Sink sink = Frame.sink();
    private int records;
    private boolean full;

    Writer(JournalFile file) {
      this.file = file;
    }

    /** Whether everything found room. */
    boolean write() {
      state.forEachRecord(this);
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
        if (abandoned.getAsBoolean()) {
          throw new UncheckedIOException(new IOException("nobody needs it any more"));
        }
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
