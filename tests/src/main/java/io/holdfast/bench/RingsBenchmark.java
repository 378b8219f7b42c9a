package io.holdfast.bench;

import io.holdfast.DeviceRegion;
import io.holdfast.DmaBuffer;
import io.holdfast.DmaSlice;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.drivers.nvme.NvmeController;
import io.holdfast.drivers.nvme.NvmeNamespace;
import io.holdfast.drivers.nvme.NvmeOptions;
import io.holdfast.drivers.nvme.NvmeQueue;
import io.holdfast.model.PciAddress;
import io.holdfast.sim.MappedNvmeDevice;
import io.holdfast.sim.SimulatedClock;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a driver costs beside its device: a register that is mapped, written and read, and a command
 * to a disk from its submission to its handler, in Java and in C in turns.
 *
 * <p>The disk is played by the same thread, so that nobody is waited for. The driver in C keeps
 * nothing for a next life; the one in Java keeps each command that is outstanding beside its rings.
 */
public final class RingsBenchmark {
  private static final PciAddress DISK = PciAddress.parse("0000:00:06.0");
  private static final int BATCH = 32;
  private static final int COMMANDS = 100_000 * BATCH;
  private static final int ACCESSES = 20_000_000;
  private static final int WARM_UP_RUNS = 4;
  private static final int RUNS = 15;
  private static final int ENTRIES = 256;
  private static final int QUEUE = 2;
  private static final int PAGE = 4096;
  private static final long SCRATCH = 0x24;

  private final DeviceRegion registers;
  private final NvmeQueue queue;
  private final NvmeNamespace space;
  private final MemorySegment submissions;
  private final MemorySegment completions;
  private final DmaSlice[] data = new DmaSlice[BATCH];
  private long completed;
  private long told;

  private RingsBenchmark(LiveSession session, NvmeController disk) {
    Ioas ioas = session.ioas("disk");
    DmaBuffer buffer = ioas.buffer("data", (long) BATCH * PAGE);
    for (int place = 0; place < BATCH; place++) {
      data[place] = buffer.slice((long) place * PAGE, PAGE);
    }
    registers = session.device(DISK).orElseThrow().region(0);
    queue = disk.queue(0);
    space = disk.namespace(1);
    String ring = "nvme-" + DISK + "-%s-" + QUEUE + "-" + ENTRIES;
    submissions = ioas.find(ring.formatted("sq")).orElseThrow().segment();
    completions = ioas.find(ring.formatted("cq")).orElseThrow().segment();
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("holdfast-bench");
    try {
      run(folder);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static void run(Path folder) throws IOException, InterruptedException {
    Path program = CProgram.compile(folder, "rings");
    SimulatedMachine machine = SimulatedMachine.standard().withDevice(DISK, MappedNvmeDevice.class);
    try (SimulatedHost host = SimulatedHost.open(folder.resolve("machine"), machine)) {
      LiveSession session = LiveSession.openOrRestore(host, "rings", folder.resolve("state"));
      NvmeController disk;
      try (SimulatedClock _ = host.startClock()) {
        disk = NvmeController.open(session, session.ioas("disk"), DISK, NvmeOptions.defaults());
      }
      // From here on nobody looks at the doorbells: the benchmark is the disk.
      new RingsBenchmark(session, disk).measure(program);
      host.kill();
    }
  }

  private void measure(Path program) throws IOException {
    double[][] nanos = new double[4][RUNS];
    try (CProgram inC = CProgram.start(program, List.of(Integer.toString(COMMANDS)))) {
      for (int run = -WARM_UP_RUNS; run < RUNS; run++) {
        long[] c = inC.run();
        require(c[1]);
        double[] now = {writes(), reads(), (double) c[0] / COMMANDS, commands()};
        for (int i = 0; i < now.length && run >= 0; i++) {
          nanos[i][run] = now[i];
        }
      }
    }
    String[] names = {"put32, mapped", "get32, mapped", "a command, C", "a command, Java"};
    for (int i = 0; i < names.length; i++) {
      Arrays.sort(nanos[i]);
      System.out.printf(
          "%-16s median %6.2f ns, best %6.2f ns of %d runs%n",
          names[i], nanos[i][RUNS / 2], nanos[i][0], RUNS);
    }
    System.out.printf("Java / C: %.2f (medians)%n", nanos[3][RUNS / 2] / nanos[2][RUNS / 2]);
  }

  private static void require(long toldOf) {
    if (toldOf != COMMANDS) {
      throw new IllegalStateException("told of " + toldOf + " commands of " + COMMANDS);
    }
  }

  private double writes() {
    long start = System.nanoTime();
    for (int i = 0; i < ACCESSES; i++) {
      registers.put32(SCRATCH, i);
    }
    return (double) (System.nanoTime() - start) / ACCESSES;
  }

  private double reads() {
    long start = System.nanoTime();
    long sum = 0;
    for (int i = 0; i < ACCESSES; i++) {
      sum += registers.get32(SCRATCH);
    }
    double nanos = (double) (System.nanoTime() - start) / ACCESSES;
    if (sum != (long) registers.get32(SCRATCH) * ACCESSES) {
      throw new IllegalStateException("a register has changed by itself");
    }
    return nanos;
  }

  private double commands() {
    told = 0;
    long start = System.nanoTime();
    for (int sent = 0; sent < COMMANDS; sent += BATCH) {
      for (int i = 0; i < BATCH; i++) {
        boolean goes =
            (i & 1) == 0
                ? queue.read(space, 8L * i, data[i], i)
                : queue.write(space, 8L * i, data[i], i);
        told -= goes ? 0 : COMMANDS;
      }
      for (int i = 0; i < BATCH; i++) {
        completeOne();
      }
      queue.poll(this::completed);
    }
    long nanos = System.nanoTime() - start;
    require(told);
    return (double) nanos / COMMANDS;
  }

  /** The disk's part. */
  private void completeOne() {
    long at = completed % ENTRIES;
    int identifier = submissions.get(ValueLayout.JAVA_SHORT, at * 64 + 2) & 0xffff;
    int phase = (completed / ENTRIES & 1) == 0 ? 1 << 16 : 0;
    completions.set(ValueLayout.JAVA_INT, at * 16 + 12, identifier | phase);
    completed++;
  }

  private void completed(long tag, int status) {
    told += status == 0 ? 1 : -COMMANDS;
  }
}
