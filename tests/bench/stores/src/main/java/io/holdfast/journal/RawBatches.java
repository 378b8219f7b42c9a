package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskFile;
import io.holdfast.model.HostIdentity;
import io.holdfast.serializer.MalformedException;
import io.holdfast.serializer.Sink;
import io.holdfast.serializer.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The journal's batches without what is above them: bytes in, bytes out. Not thread-safe.
 *
 * <p>All that the benchmark knows of the journal's inside is here.
 */
public final class RawBatches implements AutoCloseable {
  private static final UUID JOURNAL = new UUID(1, 1);
  private static final JournalHeader HEADER =
      JournalHeader.ofThisProcess(
          JOURNAL, "bench", new HostIdentity("bench", "7.3.0", "amd64", 4096), new UUID(2, 2), 0);

  private final JournalFile file;
  private final Sink sink = Frame.sink();

  private RawBatches(JournalFile file) {
    this.file = file;
  }

  /** Takes a record, which is {@code length} bytes of an array. */
  @FunctionalInterface
  public interface Visitor {
    /** Takes the next one. */
    void visit(byte[] bytes, int at, int length);
  }

  /** A record as the journal writes it. */
  public static byte[] encode(JournalRecord record) {
    Sink sink = new Sink();
    RecordCodec.write(sink, record);
    byte[] bytes = new byte[sink.size()];
    System.arraycopy(sink.bytes(), 0, bytes, 0, bytes.length);
    return bytes;
  }

  /** A file with room for so many bytes of batches. */
  public static RawBatches create(Path path, long contentBytes) throws IOException {
    return new RawBatches(JournalFile.create(Disk.local(), path, HEADER, 0, contentBytes));
  }

  /** Adds encoded records as one change. */
  public void append(byte[][] records, int from, int to) {
    sink.clear();
    for (int i = from; i < to; i++) {
      byte[] record = records[i];
      int at = 0;
      for (; at + 8 <= record.length; at += 8) {
        sink.u64((long) Frame.LONGS.get(record, at));
      }
      for (; at < record.length; at++) {
        sink.u8(record[at]);
      }
    }
    if (!file.write(sink, to - from)) {
      throw new IllegalStateException("the file is full");
    }
  }

  /** Makes everything added so far survive a power cut. */
  public void force() throws IOException {
    file.force(false);
  }

  /** Finds every batch in the raw file, checks it, and hands over its records in their order. */
  public static void scan(Path path, Visitor visitor) throws IOException, MalformedException {
    List<String> damage = new ArrayList<>();
    try (DiskFile file = Disk.local().open(path, false)) {
      BatchSequence batches =
          BatchSequence.of(FrameScan.of(file), Frame.VERSION, JOURNAL, 0, -1, damage);
      for (BatchSequence.Change change = batches.next(); change != null; change = batches.next()) {
        Source source = change.source();
        while (!source.isAtEnd()) {
          int at = source.position();
          source.u8();
          source.part(source.u32());
          visitor.visit(source.array(), at, source.position() - at);
        }
      }
    }
    if (!damage.isEmpty()) {
      throw new IllegalStateException(damage.toString());
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
