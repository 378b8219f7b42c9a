package io.holdfast.bench;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.LargeRollCycles;
import net.openhft.chronicle.wire.DocumentContext;

/** Chronicle Queue with an excerpt a record. */
final class QueueStore implements Store {
  @Override
  public Appender open(Path folder, Records records, boolean durable) throws IOException {
    ChronicleQueue queue = open(folder);
    ExcerptAppender appender = queue.createAppender();
    return new Appender() {
      private FileChannel channel;

      @Override
      public void append(int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
          try (DocumentContext excerpt = appender.writingDocument()) {
            excerpt.wire().bytes().write(records.encoded()[i]);
          }
        }
        if (durable) {
          if (channel == null) {
            channel = Store.channel(appender.currentFile().toPath());
          }
          channel.force(false);
        }
      }

      @Override
      public void close() throws IOException {
        if (channel != null) {
          channel.close();
        }
        appender.close();
        queue.close();
      }
    };
  }

  private static ChronicleQueue open(Path folder) {
    return SingleChronicleQueueBuilder.binary(folder)
        .rollCycle(LargeRollCycles.LARGE_DAILY)
        .build();
  }

  @Override
  public void scan(Path folder, Tally tally) {
    try (ChronicleQueue queue = open(folder);
        ExcerptTailer tailer = queue.createTailer()) {
      byte[] record = new byte[1 << 16];
      while (true) {
        try (DocumentContext excerpt = tailer.readingDocument()) {
          if (!excerpt.isPresent()) {
            return;
          }
          Bytes<?> bytes = excerpt.wire().bytes();
          tally.add(record, 0, bytes.read(record));
        }
      }
    }
  }
}
