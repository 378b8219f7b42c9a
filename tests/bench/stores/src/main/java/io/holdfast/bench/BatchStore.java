package io.holdfast.bench;

import io.holdfast.journal.RawBatches;
import java.io.IOException;
import java.nio.file.Path;

/** The journal's batches alone, in one file that is large enough. */
final class BatchStore implements Store {
  private static final String FILE = "batches";

  @Override
  public Appender open(Path folder, Records records, boolean durable) throws IOException {
    // Every batch has a header, and takes whole chunks of 64 bytes.
    RawBatches batches =
        RawBatches.create(folder.resolve(FILE), records.encodedBytes() * 9 / 8 + (4 << 20));
    return new Appender() {
      @Override
      public void append(int from, int to) throws IOException {
        batches.append(records.encoded(), from, to);
        if (durable) {
          batches.force();
        }
      }

      @Override
      public void close() {
        batches.close();
      }
    };
  }

  @Override
  public void scan(Path folder, Tally tally) throws Exception {
    RawBatches.scan(folder.resolve(FILE), tally::add);
  }
}
