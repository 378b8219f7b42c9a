package io.holdfast.bench;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;

/** Chronicle Map with an entry a record. */
final class MapStore implements Store {
  private static final String FILE = "map";

  @Override
  public Appender open(Path folder, Records records, boolean durable) throws IOException {
    Path file = folder.resolve(FILE);
    ChronicleMap<Long, byte[]> map =
        ChronicleMapBuilder.of(Long.class, byte[].class)
            .entries(records.count())
            .averageValueSize(records.averageBytes())
            .actualSegments(1)
            .createPersistedTo(file.toFile());
    FileChannel channel = Store.channel(file);
    return new Appender() {
      @Override
      public void append(int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
          try (ExternalMapQueryContext<Long, byte[], ?> query = map.queryContext((long) i)) {
            query.updateLock().lock();
            query.insert(query.absentEntry(), query.wrapValueAsData(records.encoded()[i]));
          }
        }
        if (durable) {
          channel.force(false);
        }
      }

      @Override
      public void close() throws IOException {
        map.close();
        channel.close();
      }
    };
  }

  @Override
  public void scan(Path folder, Tally tally) throws IOException {
    try (ChronicleMap<Long, byte[]> map =
        ChronicleMapBuilder.of(Long.class, byte[].class)
            .createPersistedTo(folder.resolve(FILE).toFile())) {
      byte[][] value = new byte[1][];
      map.forEachEntry(entry -> {
        value[0] = entry.value().getUsing(value[0]);
        tally.add(value[0], 0, value[0].length);
      });
    }
  }
}
