package io.holdfast.bench;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * One measurement of one store, in a JVM of its own: {@code write} fills a fresh store and prints
 * what came of it, {@code scan} opens and visits one.
 */
final class StoreWorker {
  private static final int WARM_UP_RECORDS = 100_000;
  private static final int DURABLE_WARM_UP_BATCHES = 20;
  private static final int DURABLE_BATCHES = 400;

  private StoreWorker() {}

  /** {@code write STORE FOLDER RECORDS EXTENTS} or {@code scan STORE FOLDER EXPECTED}. */
  public static void main(String[] args) throws Exception {
    Store store = StoreKind.valueOf(args[1]).create();
    Path folder = Path.of(args[2]);
    if (args[0].equals("scan")) {
      Tally tally = new Tally();
      store.scan(folder, tally);
      if (!tally.toString().equals(args[3])) {
        throw new IllegalStateException(
            args[1] + " gave back " + tally + " (records:sum), and " + args[3] + " was put in");
      }
      return;
    }
    Records records = Records.of(Integer.parseInt(args[3]), Integer.parseInt(args[4]));
    Path aside = folder.resolveSibling(folder.getFileName() + "-aside");
    int count = records.count();
    measure(store, aside, records, 0, Math.min(count, WARM_UP_RECORDS), false);
    delete(aside);
    int warmUp = Math.min(DURABLE_WARM_UP_BATCHES * Workload.BATCH, count / 4);
    double durable =
        measure(
            store,
            aside,
            records,
            warmUp,
            Math.min(count, warmUp + DURABLE_BATCHES * Workload.BATCH),
            true);
    delete(aside);
    double rate = measure(store, folder, records, 0, count, false);
    force(folder);
    System.out.printf(
        Locale.ROOT,
        "%f %f %d %s%n",
        rate,
        durable,
        records.averageBytes(),
        store.expected(records));
  }

  /** Writes records in batches; answers how many a second, in thousands, not counting the first. */
  private static double measure(
      Store store, Path folder, Records records, int uncounted, int end, boolean durable)
      throws Exception {
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (Store.Appender appender = store.open(folder, records, durable)) {
      append(appender, 0, uncounted);
      System.gc();
      long start = System.nanoTime();
      append(appender, uncounted, end);
      return (end - uncounted) * 1e6 / (System.nanoTime() - start);
    }
  }

  private static void append(Store.Appender appender, int from, int to) throws Exception {
    for (int at = from; at < to; at += Workload.BATCH) {
      appender.append(at, Math.min(to, at + Workload.BATCH));
    }
  }

  /** So that nothing is still on its way to the disk while the store is read. */
  private static void force(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (FileChannel channel = Store.channel(file)) {
          channel.force(true);
        }
      }
    }
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
