package io.holdfast.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB with an entry a record. */
final class RocksStore implements Store {
  @Override
  public Appender open(Path folder, Records records, boolean durable) throws RocksDBException {
    Options options =
        new Options()
            .setCreateIfMissing(true)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setAllowConcurrentMemtableWrite(false);
    WriteOptions write = new WriteOptions().setSync(durable);
    RocksDB store = RocksDB.open(options, folder.toString());
    WriteBatch batch = new WriteBatch();
    byte[] key = new byte[Long.BYTES];
    ByteBuffer keyNumber = ByteBuffer.wrap(key).order(ByteOrder.BIG_ENDIAN);
    return new Appender() {
      @Override
      public void append(int from, int to) throws RocksDBException {
        batch.clear();
        for (int i = from; i < to; i++) {
          keyNumber.putLong(0, i);
          batch.put(key, records.encoded()[i]);
        }
        store.write(write, batch);
      }

      @Override
      public void close() {
        batch.close();
        store.close();
        write.close();
        options.close();
      }
    };
  }

  @Override
  public void scan(Path folder, Tally tally) throws RocksDBException {
    try (Options options = new Options();
        RocksDB store = RocksDB.openReadOnly(options, folder.toString());
        ReadOptions read = new ReadOptions().setFillCache(false).setVerifyChecksums(true);
        RocksIterator iterator = store.newIterator(read)) {
      byte[] value = new byte[1 << 16];
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        tally.add(value, 0, iterator.value(value));
      }
      iterator.status();
    }
  }
}
