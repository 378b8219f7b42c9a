package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskFile;
import io.holdfast.serializer.Sink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/** Journals with right lengths, numbers and checksums around any content. */
final class ForgedJournal {
  private static final int NUMBER = 0;

  private final JournalHeader header;
  private final ByteArrayOutputStream frames = new ByteArrayOutputStream();
  private final byte[] frameHeader = new byte[Frame.HEADER_BYTES];
  private final CRC32C crc = new CRC32C();
  private long sequence;

  ForgedJournal(JournalHeader header) {
    this.header = header;
    Frame.begin(frameHeader, header.journal(), NUMBER);
  }

  /** Writes a journal of these changes, each with the number of records it claims to have. */
  static void write(Path file, JournalHeader header, List<Sink> changes, List<Integer> records)
      throws IOException {
    write(file, header, sink -> {}, changes, records);
  }

  static void write(
      Path file,
      JournalHeader header,
      Consumer<Sink> spoilHeader,
      List<Sink> changes,
      List<Integer> records)
      throws IOException {
    long contentBytes = 2L * Frame.MAX_BYTES;
    for (Sink change : changes) {
      contentBytes += change.size() + change.size() / 8 + Frame.HEADER_BYTES;
    }
    long tailAt = (contentBytes + 4095) & -4096L;
    ForgedJournal forged = new ForgedJournal(header);
    Sink first = new Sink();
    HeaderCodec.write(first, header, tailAt + Tail.BYTES);
    spoilHeader.accept(first);
    forged.change(first, 1);
    for (int i = 0; i < changes.size(); i++) {
      forged.change(changes.get(i), records.get(i));
    }
    forged.writeTo(file, tailAt);
  }

  void change(Sink content, int records) {
    int at = 0;
    do {
      int part = Math.min(Frame.MAX_PAYLOAD_BYTES, content.size() - at);
      boolean last = at + part == content.size();
      int flags = (at == 0 ? Frame.BEGIN : 0) | (last ? Frame.END : 0);
      byte[] frame = Arrays.copyOf(frameHeader, Frame.HEADER_BYTES + part);
      System.arraycopy(content.bytes(), at, frame, Frame.HEADER_BYTES, part);
      Frame.finish(frame, 0, frame.length, flags, sequence++, last ? records : 0, crc);
      frames.writeBytes(frame);
      at += part;
    } while (at < content.size());
  }

  void writeTo(Path file, long tailAt) throws IOException {
    PrivateFiles.prepareFolder(Disk.local(), file.getParent());
    Disk.local().delete(file);
    try (DiskFile out = Disk.local().create(file)) {
      out.write(ByteBuffer.wrap(frames.toByteArray()), 0);
      byte[] tail = Tail.page(Frame.VERSION, header.journal(), NUMBER);
      Frame.LONGS.set(tail, Tail.CELL_AT, Tail.cell(sequence));
      out.write(ByteBuffer.wrap(tail), tailAt);
    }
  }
}
