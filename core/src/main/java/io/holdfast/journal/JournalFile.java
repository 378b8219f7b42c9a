package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskFile;
import io.holdfast.disk.UninterruptedThread;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * One file of a journal while it is written: Chronicle's part, then the {@linkplain Tail tail
 * page}. Not thread-safe.
 */
final class JournalFile implements AutoCloseable {
  private static final VarHandle CELL =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

  private final int number;
  private final FrameStore store;
  private final Arena arena;
  private final MemorySegment tail;
  private final CRC32C crc = new CRC32C();
  private final byte[] header = new byte[Frame.HEADER_BYTES];

  /** What a header in the middle of a change lies over. */
  private final byte[] covered = new byte[Frame.HEADER_BYTES];

  private final FrameStore.Place frame = new FrameStore.Place();
  private final DiskFile file;
  private final Limits limits;
  private long nextSequence;
  private boolean failed;

  @SuppressWarnings("MustBeClosedChecker") // the arena is closed with the file
  private JournalFile(
      JournalHeader header, int number, FrameStore store, DiskFile file, long tailAt)
      throws IOException {
    Frame.begin(this.header, header.journal(), number);
    this.number = number;
    this.store = store;
    this.file = file;
    this.limits = Limits.of(tailAt + Tail.BYTES);
    this.arena = Arena.ofShared();
    this.tail = file.map(tailAt, Tail.BYTES, arena);
  }

  /**
   * Creates a file that holds its header only.
   *
   * @param path where nothing is yet
   * @param number which file of its journal it is
   * @param contentBytes how many bytes of frames it should have room for
   */
  static JournalFile create(
      Disk disk, Path path, JournalHeader header, int number, long contentBytes)
      throws IOException {
    DiskFile file = disk.create(path);
    FrameStore store = null;
    try {
      // Chronicle opens, locks and maps the file through channels of its own.
      store = UninterruptedThread.call(() -> ChronicleSequence.create(path, contentBytes));
      return begin(header, number, store, file, file.sizeBytes());
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      if (store != null) {
        store.close();
      }
      FileSwitch.deleteLeftover(disk, path);
      throw e;
    }
  }

  /** As {@link #create}, one that does without Chronicle; a change takes longer in it. */
  static JournalFile createPlain(
      Disk disk, Path path, JournalHeader header, int number, long contentBytes)
      throws IOException {
    DiskFile file = disk.create(path);
    try {
      return begin(header, number, new PlainFrames(file, contentBytes), file, contentBytes);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      FileSwitch.deleteLeftover(disk, path);
      throw e;
    }
  }

  private static JournalFile begin(
      JournalHeader header, int number, FrameStore store, DiskFile file, long storeBytes)
      throws IOException {
    long tailAt = (storeBytes + Tail.BYTES - 1) / Tail.BYTES * Tail.BYTES;
    file.write(ByteBuffer.wrap(Tail.page(Frame.VERSION, header.journal(), number)), tailAt);
    JournalFile created = new JournalFile(header, number, store, file, tailAt);
    Sink sink = Frame.sink();
    HeaderCodec.write(sink, header, tailAt + Tail.BYTES);
    try {
      created.write(sink, 1);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return created;
  }

  /** Whether it is one that does without Chronicle. */
  boolean isPlain() {
    return store instanceof PlainFrames;
  }

  /**
   * Adds a change; when this returns true it survives the death of the process.
   *
   * @param sink the change's records, all of them, in one of {@link Frame#sink}
   * @param records how many they are
   * @return whether there was room; if not, the change is not there
   */
  boolean write(Sink sink, int records) {
    if (sink.headroom() != Frame.HEADER_BYTES) {
      throw new IllegalArgumentException("not a sink for frames");
    }
    return write(sink.bytes(), Frame.HEADER_BYTES + sink.size(), records);
  }

  /**
   * As {@link #write(Sink, int)}.
   *
   * @param bytes room for a frame's header, then the change's records
   * @param end where they end
   */
  boolean write(byte[] bytes, int end, int records) {
    if (failed) {
      return false;
    }
    failed = true;
    // Each header goes in front of its part of the payload: the first where the sink left room for
    // it, every other one over the end of the part before, which is put back afterwards.
    int at = 0;
    do {
      int length = Math.min(Frame.MAX_BYTES, end - at);
      boolean last = at + length == end;
      if (!store.hasRoomFor(length)) {
        failed = false;
        return false;
      }
      int flags = (at == 0 ? Frame.BEGIN : 0) | (last ? Frame.END : 0);
      if (at > 0) {
        System.arraycopy(bytes, at, covered, 0, Frame.HEADER_BYTES);
      }
      System.arraycopy(header, 0, bytes, at, Frame.HEADER_BYTES);
      Frame.finish(bytes, at, length, flags, nextSequence, last ? records : 0, crc);
      frame.bytes = bytes;
      frame.at = at;
      frame.length = length;
      try {
        store.insert(nextSequence, frame);
      } finally {
        if (at > 0) {
          System.arraycopy(covered, 0, bytes, at, Frame.HEADER_BYTES);
        }
      }
      nextSequence++;
      at += length - Frame.HEADER_BYTES;
    } while (at + Frame.HEADER_BYTES < end);
    CELL.setRelease(tail, (long) Tail.CELL_AT, Tail.cell(nextSequence));
    failed = false;
    return true;
  }

  /** Whether more than so many thousandths of its room are used. */
  boolean isFilledTo(int permille) {
    return store.isFilledTo(permille);
  }

  /** How much may be in it, so that it can be read again. */
  Limits limits() {
    return limits;
  }

  /** How many batches have been written. */
  long batches() {
    return nextSequence;
  }

  int number() {
    return number;
  }

  /** Makes everything written so far survive a power cut. */
  void force(boolean metadata) throws IOException {
    file.force(metadata);
  }

  @Override
  public void close() {
    store.close();
    arena.close();
    file.close();
  }
}
