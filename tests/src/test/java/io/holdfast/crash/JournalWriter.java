package io.holdfast.crash;

import io.holdfast.disk.Disk;
import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.model.BackingFile;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/**
 * The process that {@link JournalKillTest} kills: several threads, each with an IOAS of its own,
 * put, update and remove mappings, two at a time, and say so on standard output before and after
 * each change.
 *
 * <p>Lines: {@code OPEN MILLIS} when the journal is open, and how long that took; {@code B THREAD
 * CHANGE} before a change, {@code A THREAD CHANGE} when it is acknowledged. What a change does
 * follows from the seed, the thread and the change's number alone, so that the checker can work it
 * out.
 */
final class JournalWriter {
  static final HostIdentity HOST =
      new HostIdentity("0f0e0d0c0b0a09080706050403020100", "7.3.0", "x86_64", 4096);
  private static final int NAMES = 40;

  private JournalWriter() {}

  /**
   * Arguments: the file, the seed, how many threads, and for each thread the number of its first
   * change.
   */
  public static void main(String[] arguments) {
    Path file = Path.of(arguments[0]);
    long seed = Long.parseLong(arguments[1]);
    int threads = Integer.parseInt(arguments[2]);
    PrintStream out = System.out;
    long start = System.nanoTime();
    Journal journal = open(file, threads);
    out.println("OPEN " + (System.nanoTime() - start) / 1_000_000);
    for (int thread = 0; thread < threads; thread++) {
      int number = thread;
      int first = Integer.parseInt(arguments[3 + thread]);
      Thread.ofPlatform().start(() -> run(journal, out, seed, number, first));
    }
  }

  private static Journal open(Path file, int threads) {
    JournalHeader header =
        JournalHeader.ofThisProcess(new UUID(1, 2), "nic0", HOST, new UUID(3, 4), 0);
    if (Files.exists(file)) {
      return SteppedWriter.goOn(Disk.local(), file, header);
    }
    Journal journal = Journal.startOver(file, header);
    List<JournalRecord> records = new ArrayList<>();
    records.add(new FileAdded(new BackingFile(1, "pool-1", 1L << 40, BackingFile.Origin.POOL)));
    for (int thread = 0; thread < threads; thread++) {
      records.add(new IoasAdded("ioas-" + thread));
    }
    journal.append(records);
    return journal;
  }

  private static void run(Journal journal, PrintStream out, long seed, int thread, int first) {
    Map<String, MappingState> state = new HashMap<>();
    for (int change = 0; ; change++) {
      List<JournalRecord> records = change(seed, thread, change, state);
      if (change >= first) {
        out.println("B " + thread + " " + change);
        journal.append(records);
        out.println("A " + thread + " " + change);
      }
    }
  }

  /**
   * The records of a change, and their effect.
   *
   * @param state the thread's mappings by name, brought up to date
   */
  static List<JournalRecord> change(
      long seed, int thread, int change, Map<String, MappingState> state) {
    Random random = new Random(seed * 31 + thread * 1_000_003L + change);
    List<JournalRecord> records = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      String name = "buffer-" + random.nextInt(NAMES);
      if (state.containsKey(name) && random.nextInt(3) == 0) {
        state.remove(name);
        records.add(new MappingRemoved("ioas-" + thread, name));
      } else {
        // One in fifty needs several batches.
        int extents =
            random.nextInt(50) == 0 ? 20_000 + random.nextInt(20_000) : 1 + random.nextInt(30);
        MappingState mapping = mapping(name, extents, random);
        state.put(name, mapping);
        records.add(new MappingAdded("ioas-" + thread, mapping));
      }
    }
    return records;
  }

  /** A mapping of so many extents. */
  static MappingState mapping(String name, int extents, Random random) {
    ExtentList.Builder builder = ExtentList.builder();
    long address = 1L << 32;
    for (int i = 0; i < extents; i++) {
      address += 8192 + random.nextInt(1 << 14) * 4096L;
      builder.add(address, 4096);
    }
    ExtentList list = builder.build();
    return new MappingState(
        name,
        new IovaRange(0x1_0000_0000L, list.lengthBytes()),
        true,
        true,
        new MappingState.File(1, 0),
        Policy.REQUIRED,
        list);
  }
}
