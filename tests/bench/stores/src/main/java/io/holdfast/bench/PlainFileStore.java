package io.holdfast.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A file that is only ever appended to, as a program without a library would have it.
 *
 * <pre>
 *   batch:  | length: 4 bytes | CRC-32C of the rest: 4 bytes | record … |
 *   record: | length: 4 bytes | bytes … |
 * </pre>
 */
final class PlainFileStore implements Store {
  private static final String FILE = "plain";
  private static final int HEADER_BYTES = 8;
  private static final int CHUNK_BYTES = 1 << 20;

  @Override
  public Appender open(Path folder, Records records, boolean durable) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve(FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    ByteBuffer batch = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    return new Appender() {
      @Override
      public void append(int from, int to) throws IOException {
        batch.clear().position(HEADER_BYTES);
        for (int i = from; i < to; i++) {
          byte[] record = records.encoded()[i];
          batch.putInt(record.length).put(record);
        }
        batch.flip();
        crc.reset();
        crc.update(batch.position(HEADER_BYTES));
        batch.putInt(0, batch.limit() - HEADER_BYTES).putInt(4, (int) crc.getValue()).rewind();
        while (batch.hasRemaining()) {
          channel.write(batch);
        }
        if (durable) {
          channel.force(false);
        }
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  @Override
  public void scan(Path folder, Tally tally) throws IOException {
    try (FileChannel channel = FileChannel.open(folder.resolve(FILE), StandardOpenOption.READ)) {
      byte[] bytes = new byte[2 * CHUNK_BYTES];
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      CRC32C crc = new CRC32C();
      while (channel.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.remaining() >= HEADER_BYTES
            && buffer.remaining() >= HEADER_BYTES + buffer.getInt(buffer.position())) {
          int length = buffer.getInt();
          int expected = buffer.getInt();
          crc.reset();
          crc.update(bytes, buffer.position(), length);
          if ((int) crc.getValue() != expected) {
            throw new IllegalStateException("a damaged batch");
          }
          for (int end = buffer.position() + length; buffer.position() < end; ) {
            int record = buffer.getInt();
            tally.add(bytes, buffer.position(), record);
            buffer.position(buffer.position() + record);
          }
        }
        buffer.compact();
      }
      if (buffer.position() > 0) {
        throw new IllegalStateException("an incomplete batch");
      }
    }
  }
}
