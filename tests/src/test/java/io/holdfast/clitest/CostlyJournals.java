package io.holdfast.clitest;

import io.holdfast.model.BackingFile;
import io.holdfast.model.BackingFile.Origin;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.serializer.CompactForm;
import io.holdfast.serializer.Sink;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Journals of up to 16 MB, with right checksums, that hold as much as can be in them. It knows the
 * frames from docs/journal.md, not from the code under test.
 */
final class CostlyJournals {
  private static final int LARGE_BYTES = 15_000_000;
  private static final int FRAME_BYTES = 32 << 10;
  private static final int HEADER_BYTES = 52;
  private static final int FLAGS_AT = 10;
  private static final int LENGTH_AT = 12;
  private static final int CRC_AT = 16;
  private static final int SEQUENCE_AT = 40;
  private static final int RECORDS_AT = 48;
  private static final int TAIL_BYTES = 4096;
  private static final int CELL_AT = 64;
  private static final int BEGIN = 1;
  private static final int END = 2;
  private static final int FILE_ADDED = 2;
  private static final int IOAS_ADDED = 4;
  private static final int MAPPING_ADDED = 6;
  private static final int EXTENTS = 5_000_000;

  private final byte[] good;
  private final ByteArrayOutputStream frames = new ByteArrayOutputStream();
  private long sequence;

  private CostlyJournals(byte[] good) {
    this.good = good;
  }

  /** All of them by what they hold, begun as a good journal is. */
  static Map<String, byte[]> all(byte[] good) {
    Map<String, byte[]> journals = new LinkedHashMap<>();
    Sink ioases = new Sink();
    int count = 0;
    for (; ioases.size() < LARGE_BYTES && count < 400_000; count++) {
      ioas(ioases, "ioas-" + count);
    }
    journals.put("journal of IOASes", journal(good, ioases, count));
    Sink mappings = begun();
    count = 2;
    for (long page = 0; mappings.size() < LARGE_BYTES && count < 400_000; page++, count++) {
      mapping(mappings, CostlyFiles.mapping("m" + page, page << 12, 1));
    }
    journals.put("journal of mappings", journal(good, mappings, count));
    Sink extents = begun();
    mapping(extents, CostlyFiles.mapping("scattered", 0, EXTENTS));
    journals.put("journal of extents", journal(good, extents, 3));
    return journals;
  }

  private static Sink begun() {
    Sink change = new Sink();
    record(
        change,
        FILE_ADDED,
        body -> CompactForm.write(body, new BackingFile(1, "pool", 1L << 40, Origin.POOL)));
    ioas(change, "rings");
    return change;
  }

  private static void ioas(Sink change, String name) {
    record(change, IOAS_ADDED, body -> CompactForm.write(body, new IoasState(name, List.of())));
  }

  private static void mapping(Sink change, MappingState mapping) {
    record(
        change,
        MAPPING_ADDED,
        body -> {
          body.text("rings");
          CompactForm.write(body, mapping);
        });
  }

  private static void record(Sink change, int kind, Consumer<Sink> body) {
    change.u8(kind);
    int lengthAt = change.reserve32();
    int start = change.size();
    body.accept(change);
    change.patch(lengthAt, change.size() - start);
  }

  private static byte[] journal(byte[] good, Sink change, int records) {
    CostlyJournals journal = new CostlyJournals(good);
    byte[] first = journal.firstPayload();
    int parts = change.size() / (FRAME_BYTES - HEADER_BYTES) + 1;
    int contentBytes = 2 * FRAME_BYTES + change.size() + parts * HEADER_BYTES;
    int tailAt = (contentBytes + TAIL_BYTES - 1) & -TAIL_BYTES;
    little(first).putLong(0, tailAt + TAIL_BYTES); // How long the file is.
    journal.change(first, first.length, 1);
    journal.change(change.bytes(), change.size(), records);
    byte[] file = Arrays.copyOf(journal.frames.toByteArray(), tailAt + TAIL_BYTES);
    System.arraycopy(good, good.length - TAIL_BYTES, file, tailAt, TAIL_BYTES);
    long check = ((journal.sequence + 1) * 0x9e3779b97f4a7c15L) >>> 48;
    little(file).putLong(tailAt + CELL_AT, journal.sequence << 16 | check);
    return file;
  }

  private int firstFrame() {
    for (int at = 0; ; at++) {
      if (good[at] == 'H'
          && little(good).getLong(at) == HostileJournals.MAGIC
          && little(good).getLong(at + SEQUENCE_AT) == 0) {
        return at;
      }
    }
  }

  private byte[] firstPayload() {
    int at = firstFrame();
    int length = little(good).getInt(at + LENGTH_AT);
    return Arrays.copyOfRange(good, at + HEADER_BYTES, at + length);
  }

  private void change(byte[] content, int length, int records) {
    int head = firstFrame();
    int at = 0;
    do {
      int part = Math.min(FRAME_BYTES - HEADER_BYTES, length - at);
      boolean last = at + part == length;
      byte[] frame = Arrays.copyOfRange(good, head, head + HEADER_BYTES + part);
      System.arraycopy(content, at, frame, HEADER_BYTES, part);
      little(frame)
          .putShort(FLAGS_AT, (short) ((at == 0 ? BEGIN : 0) | (last ? END : 0)))
          .putInt(LENGTH_AT, frame.length)
          .putLong(SEQUENCE_AT, sequence++)
          .putInt(RECORDS_AT, last ? records : 0);
      CRC32C crc = new CRC32C();
      crc.update(frame, 0, CRC_AT);
      crc.update(frame, CRC_AT + 4, frame.length - CRC_AT - 4);
      little(frame).putInt(CRC_AT, (int) crc.getValue());
      frames.writeBytes(frame);
      at += part;
    } while (at < length);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
