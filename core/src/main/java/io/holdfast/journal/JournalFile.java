package io.holdfast.journal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * One file of a journal while it is written: Chronicle's part, then the {@linkplain Tail tail
 * page}. Not thread-safe.
 */
final class JournalFile implements AutoCloseable {
  private static final VarHandle CELL =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

  private final Path createdAs;
  private final JournalHeader header;
  private final int number;
  private final ChronicleSequence sequence;
  private final Arena arena;
  private final MemorySegment tail;
  private final CRC32C crc = new CRC32C();
  private FileChannel channel;
  private long nextSequence;
  private boolean failed;

  @SuppressWarnings("MustBeClosedChecker") // the arena is closed with the file
  private JournalFile(
      Path createdAs,
      JournalHeader header,
      int number,
      ChronicleSequence sequence,
      FileChannel channel,
      long tailAt)
      throws IOException {
    this.createdAs = createdAs;
    this.header = header;
    this.number = number;
    this.sequence = sequence;
    this.channel = channel;
    this.arena = Arena.ofShared();
    this.tail = channel.map(FileChannel.MapMode.READ_WRITE, tailAt, Tail.BYTES, arena);
  }

  /**
   * Creates a file that holds its header only.
   *
   * @param path where nothing is yet
   * @param number which file of its journal it is
   * @param contentBytes how many bytes of frames it should have room for
   */
  static JournalFile create(Path path, JournalHeader header, int number, long contentBytes)
      throws IOException {
    Files.createFile(path, PrivateFiles.FILE_MODE);
    ChronicleSequence sequence = null;
    FileChannel channel = null;
    try {
      sequence = ChronicleSequence.create(path, contentBytes);
      channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      long tailAt = (channel.size() + Tail.BYTES - 1) / Tail.BYTES * Tail.BYTES;
      ByteBuffer page = ByteBuffer.wrap(Tail.page(header.journal(), number));
      while (page.hasRemaining()) {
        channel.write(page, tailAt + page.position());
      }
      JournalFile file = new JournalFile(path, header, number, sequence, channel, tailAt);
      Sink sink = new Sink();
      HeaderCodec.write(sink, header, tailAt + Tail.BYTES);
      file.write(sink, 1);
      return file;
    } catch (IOException | RuntimeException | Error e) {
      if (channel != null) {
        channel.close();
      }
      if (sequence != null) {
        sequence.close();
      }
      Files.deleteIfExists(path);
      throw e;
    }
  }

  /**
   * Adds a change; when this returns true it survives the death of the process.
   *
   * @param sink the change's records, all of them
   * @param records how many they are
   * @return whether there was room; if not, the change is not there
   */
  boolean write(Sink sink, int records) {
    if (failed) {
      return false;
    }
    failed = true;
    int at = 0;
    do {
      int part = Math.min(Frame.MAX_PAYLOAD_BYTES, sink.size() - at);
      boolean last = at + part == sink.size();
      byte[] frame = new byte[Frame.HEADER_BYTES + part];
      System.arraycopy(sink.bytes(), at, frame, Frame.HEADER_BYTES, part);
      int flags = (at == 0 ? Frame.BEGIN : 0) | (last ? Frame.END : 0);
      Frame.finish(frame, flags, header.journal(), number, nextSequence, last ? records : 0, crc);
      if (!sequence.insert(nextSequence, frame)) {
        failed = false;
        return false;
      }
      nextSequence++;
      at += part;
    } while (at < sink.size());
    CELL.setRelease(tail, (long) Tail.CELL_AT, Tail.cell(nextSequence));
    failed = false;
    return true;
  }

  /**
   * Whether Chronicle failed in the middle of a change, after which nothing more is written to this
   * file: what state it was left in is not known.
   */
  boolean hasFailed() {
    return failed;
  }

  /** How many batches have been written. */
  long batches() {
    return nextSequence;
  }

  int number() {
    return number;
  }

  Path createdAs() {
    return createdAs;
  }

  /** Makes everything written so far survive a power cut. */
  void force(Path currentPath, boolean metadata) throws IOException {
    if (!channel.isOpen()) {
      channel = FileChannel.open(currentPath, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
    channel.force(metadata);
  }

  @Override
  public void close() {
    sequence.close();
    arena.close();
    try {
      channel.close();
    } catch (IOException ignored) {
      // Nothing is buffered in a channel; force() has reported what failed on its way to the disk.
    }
  }
}
