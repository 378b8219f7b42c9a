package io.holdfast.bench;

import io.holdfast.disk.Disk;
import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalLock;
import io.holdfast.journal.JournalReader;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.BackingFile;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * How long a driver that records its mappings one by one is stopped while the journal moves to
 * larger files, up to a million mappings; what reading, taking over and moving a journal of that
 * size takes; and what a durable batch costs beside the same bytes in a plain file, in turns.
 */
public final class JournalBenchmark {
  private static final long PAGE_BYTES = 4096;
  private static final long LONG_STOP_NANOS = 10_000_000;
  private static final int DURABLE_BATCHES = 4_000;
  private static final int TOLD_BATCHES = 400;
  private static final int BATCH = 100;

  /** How many appends lie between two looks at what else stops a thread. */
  private static final int PROBE = 256;

  private static final int RECORD_BYTES = 130;

  private JournalBenchmark() {}

  /** Takes how many mappings, a million by default, and the folder to write to. */
  public static void main(String[] arguments) throws IOException {
    int mappings = arguments.length == 0 ? 1_000_000 : Integer.parseInt(arguments[0]);
    Path folder =
        arguments.length < 2
            ? Files.createTempDirectory("holdfast-journal-")
            : Path.of(arguments[1]);
    try {
      durable(folder);
      stops(folder.resolve("grown"), mappings);
      takenOver(folder.resolve("grown"), folder.resolve("restored"));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static JournalHeader header() {
    HostIdentity host = new HostIdentity("bench", "7.3.0", "amd64", (int) PAGE_BYTES);
    return JournalHeader.ofThisProcess(UUID.randomUUID(), "bench", host, UUID.randomUUID(), 0);
  }

  private static Journal begin(Path file) {
    JournalHeader header = header();
    Journal journal = Journal.startOver(file, header);
    journal.append(
        new SessionOpened("bench", header.journal(), 0, header.host(), List.of(header.bootId())),
        new FileAdded(new BackingFile(1, "pool-1", 1L << 40, BackingFile.Origin.POOL)),
        new IoasAdded("rings"));
    return journal;
  }

  private static MappingAdded mapping(int i) {
    return new MappingAdded(
        "rings",
        new MappingState(
            "buffer-" + i,
            new IovaRange(0x1_0000_0000L + i * PAGE_BYTES, PAGE_BYTES),
            true,
            true,
            new MappingState.File(1, i * PAGE_BYTES),
            Policy.REQUIRED,
            ExtentList.builder(1).add((long) i * 2 * PAGE_BYTES, PAGE_BYTES).build()));
  }

  /**
   * A stop is told from what else stops a thread: garbage collections, and waiting for a processor,
   * which a busy machine makes it do.
   */
  private static void stops(Path folder, int mappings) throws IOException {
    long[] nanos = new long[mappings];
    List<String> stops = new ArrayList<>();
    int others = 0;
    int moves = 0;
    Path file = folder.resolve("journal");
    try (Journal journal = begin(file)) {
      Object inode = Files.getAttribute(file, "unix:ino");
      long elsewhere = elsewhereNanos();
      for (int i = 0; i < mappings; i++) {
        MappingAdded record = mapping(i);
        long began = System.nanoTime();
        journal.append(record);
        nanos[i] = System.nanoTime() - began;
        boolean stopped = nanos[i] > LONG_STOP_NANOS;
        if (!stopped && i % PROBE != 0) {
          continue;
        }
        long now = elsewhereNanos();
        long own = nanos[i] - (now - elsewhere);
        elsewhere = now;
        Object inodeNow = Files.getAttribute(file, "unix:ino");
        boolean moved = !inodeNow.equals(inode);
        if (moved) {
          moves++;
          inode = inodeNow;
        }
        if (own > LONG_STOP_NANOS) {
          stops.add("%,d: %.0f ms%s".formatted(i, own / 1e6, moved ? " (end of a move)" : ""));
        } else if (stopped) {
          others++;
        }
      }
    }
    Arrays.sort(nanos);
    System.out.printf(
        "%,d appends of one mapping, %d moves to a larger file: median %.2f us, 99.9 %% within %.1f"
            + " us; stops of more than 10 ms: %s; %d by a garbage collection or a busy machine%n",
        mappings,
        moves,
        nanos[mappings / 2] / 1e3,
        nanos[(int) (mappings * 0.999)] / 1e3,
        stops.isEmpty() ? "none" : "at mapping " + String.join(", ", stops),
        others);
  }

  /** For how long this thread has been ready without a processor, and garbage been collected. */
  private static long elsewhereNanos() throws IOException {
    String[] words = Files.readString(Path.of("/proc/thread-self/schedstat")).strip().split(" ", 3);
    long collectedMillis = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      collectedMillis += collector.getCollectionTime();
    }
    return Long.parseLong(words[1]) + collectedMillis * 1_000_000;
  }

  /** As after a restore: the state is read, a plain file begun with it, and moved by a change. */
  private static void takenOver(Path grown, Path restored) throws IOException {
    long began = System.nanoTime();
    var contents = JournalReader.read(grown.resolve("journal"));
    long read = System.nanoTime();
    List<JournalRecord> records = new ArrayList<>();
    JournalHeader header = header();
    records.add(
        new SessionOpened("bench", header.journal(), 0, header.host(), List.of(header.bootId())));
    contents.state().files().forEach(file -> records.add(new FileAdded(file)));
    contents
        .state()
        .ioases()
        .forEach(ioas -> {
          records.add(new IoasAdded(ioas.name()));
          ioas.mappings().forEach(it -> records.add(new MappingAdded(ioas.name(), it)));
        });
    Path file = restored.resolve("journal");
    Disk disk = Disk.local();
    Files.createDirectories(
        restored,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    long ready = System.nanoTime();
    try (Journal journal =
        Journal.startOver(disk, file, header, JournalLock.acquire(disk, file), records, true)) {
      long begun = System.nanoTime();
      journal.append(new MappingRemoved("rings", "buffer-0"));
      long changed = System.nanoTime();
      journal.prepare();
      long moved = System.nanoTime();
      System.out.printf(
          "%,d mappings: read %.0f ms; a restored session's plain file begun in %.0f ms; its first"
              + " change %.1f ms, and the move into a map that it begins %.0f ms more%n",
          records.size(),
          (read - began) / 1e6,
          (begun - ready) / 1e6,
          (changed - begun) / 1e6,
          (moved - changed) / 1e6);
    }
  }

  private static void durable(Path folder) throws IOException {
    double[] journalNanos = new double[DURABLE_BATCHES];
    double[] plainNanos = new double[DURABLE_BATCHES];
    ByteBuffer bytes = ByteBuffer.allocateDirect(BATCH * RECORD_BYTES);
    Path plain = folder.resolve("plain");
    try (Journal journal = begin(folder.resolve("durable").resolve("journal"));
        FileChannel file =
            FileChannel.open(plain, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int batch = 0; batch < DURABLE_BATCHES; batch++) {
        List<JournalRecord> records = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          records.add(mapping(batch * BATCH + i));
        }
        long began = System.nanoTime();
        journal.append(records);
        journal.sync();
        long journaled = System.nanoTime();
        bytes.clear();
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        bytes.clear();
        file.write(bytes);
        file.force(false);
        long written = System.nanoTime();
        journalNanos[batch] = journaled - began;
        plainNanos[batch] = written - journaled;
      }
    }
    // Until the JVM has compiled what it takes, and then.
    told("the first", journalNanos, plainNanos, 0);
    told("the last", journalNanos, plainNanos, DURABLE_BATCHES - TOLD_BATCHES);
  }

  private static void told(String which, double[] journalNanos, double[] plainNanos, int from) {
    double[] journal = Arrays.copyOfRange(journalNanos, from, from + TOLD_BATCHES);
    double[] plain = Arrays.copyOfRange(plainNanos, from, from + TOLD_BATCHES);
    double[] ratios = new double[TOLD_BATCHES];
    Arrays.setAll(ratios, i -> journal[i] / plain[i]);
    System.out.printf(
        "durable batches of %d records, in turns, %s %d of %d: journal %.0f us, plain file %.0f us,"
            + " median of the ratios %.2f (aim 2)%n",
        BATCH,
        which,
        TOLD_BATCHES,
        DURABLE_BATCHES,
        Medians.of(journal) / 1e3,
        Medians.of(plain) / 1e3,
        Medians.of(ratios));
  }
}
