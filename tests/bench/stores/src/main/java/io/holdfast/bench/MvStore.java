package io.holdfast.bench;

import java.nio.file.Path;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;

/** H2's MVStore with an entry a record. */
final class MvStore implements Store {
  private static final String FILE = "store.mv";
  private static final String MAP = "records";

  @Override
  public Appender open(Path folder, Records records, boolean durable) {
    MVStore store = store(folder).autoCommitDisabled().autoCompactFillRate(0).open();
    MVMap<Long, byte[]> map = store.openMap(MAP, map().singleWriter());
    return new Appender() {
      @Override
      public void append(int from, int to) {
        for (int i = from; i < to; i++) {
          map.append((long) i, records.encoded()[i]);
        }
        store.commit();
        if (durable) {
          store.sync();
        }
      }

      @Override
      public void close() {
        store.close();
      }
    };
  }

  private static MVStore.Builder store(Path folder) {
    return new MVStore.Builder().fileName(folder.resolve(FILE).toString());
  }

  private static MVMap.Builder<Long, byte[]> map() {
    return new MVMap.Builder<Long, byte[]>()
        .keyType(LongDataType.INSTANCE)
        .valueType(ByteArrayDataType.INSTANCE);
  }

  @Override
  public void scan(Path folder, Tally tally) {
    try (MVStore store = store(folder).readOnly().open()) {
      MVMap<Long, byte[]> map = store.openMap(MAP, map());
      for (Cursor<Long, byte[]> cursor = map.cursor(null); cursor.hasNext(); ) {
        cursor.next();
        byte[] value = cursor.getValue();
        tally.add(value, 0, value.length);
      }
    }
  }
}
