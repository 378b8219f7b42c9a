package io.holdfast.bench;

import com.sun.management.ThreadMXBean;
import io.holdfast.engine.AddressTable;
import io.holdfast.model.ExtentList;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * How long it takes to look up a physical address in a buffer of a million random extents, and what
 * it allocates: at random offsets, each in another extent and mostly out of the caches, and at
 * offsets in a row, as a driver filling a ring has them.
 */
public final class AddressesBenchmark {
  private static final int EXTENTS = 1_000_000;
  private static final long PAGE_BYTES = 4096;
  private static final int OFFSETS = 1 << 20;
  private static final int ROUNDS = 31;
  private static final int PASSES_PER_ROUND = 4;

  private static long sink;

  private AddressesBenchmark() {}

  /** Runs the benchmark; takes no arguments. */
  public static void main(String[] args) {
    RandomGenerator random = new Random(1);
    ExtentList.Builder builder = ExtentList.builder(EXTENTS);
    for (int i = 0; i < EXTENTS; i++) {
      builder.add(random.nextLong(1L << 24) * 2 * PAGE_BYTES, PAGE_BYTES); // Never two that touch.
    }
    ExtentList extents = builder.build();
    AddressTable table = AddressTable.of(extents);
    AddressTable single =
        AddressTable.of(ExtentList.builder().add(1 << 30, extents.lengthBytes()).build());

    long[] scattered = random.longs(OFFSETS, 0, extents.lengthBytes()).toArray();
    long[] inARow = new long[OFFSETS];
    for (int i = 0; i < OFFSETS; i++) {
      inARow[i] = i * 64L;
    }
    System.out.printf("%,d extents, %,d MiB%n", extents.size(), extents.lengthBytes() >> 20);
    measure("offsets at random", table, scattered);
    measure("offsets in a row, 64 bytes apart", table, inARow);
    measure("one extent, offsets at random", single, scattered);
    if (sink == 42) {
      System.out.println();
    }
  }

  private static void measure(String name, AddressTable table, long[] offsets) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    double[] nanos = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      nanos[i] = round(table, offsets);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    round(table, offsets);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    Arrays.sort(nanos);
    System.out.printf(
        "%-34s median of %d: %5.2f ns a look-up, best %5.2f; %d bytes allocated in %,d look-ups"
            + " (aim 20 ns, 0)%n",
        name, ROUNDS, nanos[ROUNDS / 2], nanos[0], allocated, (long) PASSES_PER_ROUND * OFFSETS);
  }

  private static double round(AddressTable table, long[] offsets) {
    long sum = 0;
    long start = System.nanoTime();
    for (int pass = 0; pass < PASSES_PER_ROUND; pass++) {
      for (long offset : offsets) {
        sum += table.address(offset);
      }
    }
    long nanos = System.nanoTime() - start;
    sink += sum;
    return (double) nanos / PASSES_PER_ROUND / offsets.length;
  }
}
