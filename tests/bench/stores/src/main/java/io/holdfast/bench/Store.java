package io.holdfast.bench;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;

/**
 * A way to keep records in an order on a disk.
 *
 * <p>A batch that was appended survives the death of the process by kill -9 in every one of them,
 * and a power cut where it was asked to be durable.
 */
interface Store {
  /** Writes records. */
  interface Appender extends AutoCloseable {
    /** Adds one batch: the records from one index up to another. */
    void append(int from, int to) throws Exception;

    @Override
    void close() throws IOException, SQLException;
  }

  /**
   * Begins an empty store that {@code records} are going to be put into.
   *
   * @param folder an empty folder of its own
   * @param durable whether a batch is to survive a power cut once it has been appended
   */
  Appender open(Path folder, Records records, boolean durable) throws Exception;

  /** Opens a store and visits everything in it. */
  void scan(Path folder, Tally tally) throws Exception;

  /** What a scan of a store that holds these records has to come to. */
  default Tally expected(Records records) {
    Tally tally = new Tally();
    for (byte[] bytes : records.encoded()) {
      tally.add(bytes, 0, bytes.length);
    }
    return tally;
  }

  /** A second way to a file that its library has mapped, to force it by. */
  static FileChannel channel(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }
}
