package io.holdfast.bench;

import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalHeader;
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
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How long it takes to record one mapping in the journal, beyond the system calls that make it: for
 * a contiguous buffer, and for one in 16 and in 256 extents. A recorded mapping survives the death
 * of the process. Beside the time on the wall stands the thread's share of the processor, which
 * other work on the machine disturbs less.
 */
public final class RecordingBenchmark {
  private static final long PAGE_BYTES = 4096;
  private static final int MAPPINGS = 20_000;
  private static final int ROUNDS = 15;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private RecordingBenchmark() {}

  /**
   * Runs the benchmark; an argument names the folder to write to, a fresh one under the temporary
   * folder otherwise.
   */
  public static void main(String[] args) throws IOException {
    Path folder =
        args.length == 1 ? Path.of(args[0]) : Files.createTempDirectory("holdfast-recording-");
    try {
      for (int extents : new int[] {1, 16, 256}) {
        measure(folder.resolve("journal-" + extents), extents);
      }
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static void measure(Path file, int extents) {
    UUID id = UUID.randomUUID();
    UUID boot = UUID.randomUUID();
    HostIdentity host = new HostIdentity("bench", "7.3.0", "amd64", (int) PAGE_BYTES);
    long bytes = extents * PAGE_BYTES;
    try (Journal journal =
        Journal.startOver(file, JournalHeader.ofThisProcess(id, "bench", host, boot, 0))) {
      journal.append(
          new SessionOpened("bench", id, 0, host, List.of(boot)),
          new FileAdded(new BackingFile(1, "pool-1", bytes * MAPPINGS, BackingFile.Origin.POOL)),
          new IoasAdded("rings"));
      List<List<JournalRecord>> changes = mappings(extents, bytes);
      double[] nanos = new double[ROUNDS];
      double[] processorNanos = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        long processorStart = THREADS.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        for (List<JournalRecord> change : changes) {
          journal.append(change);
        }
        nanos[round] = (double) (System.nanoTime() - start) / MAPPINGS;
        processorNanos[round] =
            (double) (THREADS.getCurrentThreadCpuTime() - processorStart) / MAPPINGS;
        for (int i = 0; i < MAPPINGS; i++) {
          journal.append(new MappingRemoved("rings", "buffer-" + i));
        }
      }
      Arrays.sort(nanos);
      Arrays.sort(processorNanos);
      System.out.printf(
          "%3d extents a mapping: median of %d rounds %7.0f ns a mapping, best %7.0f%s;"
              + " of the processor's time %7.0f ns, best %7.0f%n",
          extents,
          ROUNDS,
          nanos[ROUNDS / 2],
          nanos[0],
          extents == 1 ? " (aim 1,000)" : "",
          processorNanos[ROUNDS / 2],
          processorNanos[0]);
    }
  }

  private static List<List<JournalRecord>> mappings(int extents, long bytes) {
    RandomGenerator random = new Random(1);
    return IntStream.range(0, MAPPINGS)
        .<List<JournalRecord>>mapToObj(i -> {
          ExtentList.Builder behind = ExtentList.builder(extents);
          for (int e = 0; e < extents; e++) {
            behind.add(random.nextLong(1L << 24) * 2 * PAGE_BYTES, PAGE_BYTES);
          }
          return List.of(
              new MappingAdded(
                  "rings",
                  new MappingState(
                      "buffer-" + i,
                      new IovaRange(0x1_0000_0000L + i * bytes, bytes),
                      true,
                      true,
                      new MappingState.File(1, i * bytes),
                      Policy.REQUIRED,
                      behind.build())));
        })
        .toList();
  }
}
