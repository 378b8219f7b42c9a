package io.holdfast.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/** LMDB with an entry a record. */
final class LmdbStore implements Store {
  private static final String TABLE = "records";

  @Override
  public Appender open(Path folder, Records records, boolean durable) {
    EnvFlags[] flags =
        durable
            ? new EnvFlags[] {EnvFlags.MDB_NOLOCK}
            : new EnvFlags[] {EnvFlags.MDB_NOLOCK, EnvFlags.MDB_WRITEMAP, EnvFlags.MDB_NOSYNC};
    Env<ByteBuffer> env =
        Env.create()
            .setMapSize(4 * records.encodedBytes() + (64 << 20))
            .setMaxDbs(1)
            .open(folder.toFile(), flags);
    Dbi<ByteBuffer> table = env.openDbi(TABLE, DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY);
    ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    return new Appender() {
      @Override
      public void append(int from, int to) {
        try (Txn<ByteBuffer> transaction = env.txnWrite()) {
          for (int i = from; i < to; i++) {
            byte[] record = records.encoded()[i];
            key.putLong(0, i);
            table.reserve(transaction, key, record.length, PutFlags.MDB_APPEND).put(record);
          }
          transaction.commit();
        }
      }

      @Override
      public void close() {
        env.close();
      }
    };
  }

  @Override
  public void scan(Path folder, Tally tally) {
    try (Env<ByteBuffer> env =
        Env.create()
            .setMaxDbs(1)
            .open(folder.toFile(), EnvFlags.MDB_RDONLY_ENV, EnvFlags.MDB_NOLOCK)) {
      Dbi<ByteBuffer> table = env.openDbi(TABLE, DbiFlags.MDB_INTEGERKEY);
      try (Txn<ByteBuffer> transaction = env.txnRead();
          Cursor<ByteBuffer> cursor = table.openCursor(transaction)) {
        for (boolean there = cursor.first(); there; there = cursor.next()) {
          tally.add(cursor.val().order(ByteOrder.LITTLE_ENDIAN));
        }
      }
    }
  }
}
