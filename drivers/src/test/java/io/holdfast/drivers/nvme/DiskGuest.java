package io.holdfast.drivers.nvme;

import com.sun.management.ThreadMXBean;
import io.holdfast.DmaSlice;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;
import io.holdfast.session.PreserveOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One life of a disk's user on a real kernel; the job {@code tests/vm/guest/nvme} starts, kills and
 * replaces the kernel under them.
 *
 * <p>Arguments: what it does ({@code live} until it is killed; {@code seal} and go on until the
 * kexec; {@code check} everything and end), how the session has to begin, whether by interrupts,
 * and for {@code check} the disk's images as the host has them.
 */
public final class DiskGuest {
  private static final PciAddress DISK = PciAddress.parse("0000:00:06.0");
  private static final Path STATE = Path.of(System.getenv("STATE"));
  private static final int BATCH = 32;
  private static final int ROUNDS = 12;
  private static final int BATCHES = 50;

  private final LiveSession session;
  private final Ioas ioas;
  private final NvmeController disk;
  private final Workload workload;

  private DiskGuest(Host host, boolean interrupts) {
    session = LiveSession.openOrRestore(host, "disk0", STATE.resolve("sessions"));
    ioas = session.ioas("disk");
    NvmeOptions options = NvmeOptions.defaults().withQueues(2);
    disk =
        NvmeController.open(session, ioas, DISK, interrupts ? options.withInterrupts() : options);
    long seed = System.nanoTime();
    System.out.println("workload, seed " + seed);
    workload = new Workload(disk, ioas, seed, false);
  }

  public static void main(String[] arguments) throws IOException {
    try (Host host = Host.local()) {
      DiskGuest life = new DiskGuest(host, arguments[2].equals("interrupts"));
      life.tell(arguments[1]);
      switch (arguments[0]) {
        case "live" -> life.goOn();
        case "seal" -> life.seal();
        case "check" -> life.check(arguments);
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  /** How it began, for the job to count. */
  private void tell(String expected) throws IOException {
    String outcome = session.report().outcome().toString();
    String line =
        "%s %s inherited=%d entries=%d generation=%d%n"
            .formatted(
                outcome,
                disk.isAdopted() ? "adopted" : "started",
                workload.inherited(),
                disk.queue(0).capacity() + 1,
                disk.generation());
    System.out.print("life: " + line);
    Files.writeString(
        STATE.resolve("lives"), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    if (!outcome.equals(expected)) {
      throw new AssertionError("not " + expected + ": " + session.report().reason());
    }
    if (disk.isAdopted() != outcome.equals("RESUMED")) {
      throw new AssertionError("adopted: " + disk.isAdopted() + ", and " + outcome);
    }
  }

  private void goOn() throws IOException {
    workload.run(50);
    Files.createFile(STATE.resolve("ready"));
    while (true) {
      workload.run(1000);
    }
  }

  private void seal() throws IOException {
    workload.run(50);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    goOn();
  }

  private void check(String[] arguments) throws IOException {
    workload.run(100);
    workload.check();
    Files.writeString(STATE.resolve("speed"), measure());
    disk.close();
    for (int namespace = 1; namespace <= 2; namespace++) {
      byte[] image = Files.readAllBytes(Path.of(arguments[2 + namespace]));
      workload.compareWith(namespace, MemorySegment.ofArray(image));
    }
    session.discard();
  }

  /** What a command costs in garbage, with nothing else in this thread. */
  private String measure() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    NvmeQueue queue = disk.queue(0);
    NvmeNamespace space = disk.namespace(1);
    DmaSlice memory = ioas.find("workload-data").orElseThrow().slice(0, 4096);
    int[] told = {0};
    NvmeHandler handler = (tag, status) -> told[0] += status == 0 ? 1 : 0;
    long least = Long.MAX_VALUE;
    long fastest = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long began = System.nanoTime();
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int batch = 0; batch < BATCHES; batch++) {
        for (int i = 0; i < BATCH; i++) {
          queue.read(space, i * 8L, memory, i);
        }
        while (queue.outstanding() > 0) {
          queue.poll(handler);
        }
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      fastest = Math.min(fastest, System.nanoTime() - began);
    }
    if (told[0] != ROUNDS * BATCHES * BATCH) {
      throw new AssertionError("told of " + told[0]);
    }
    if (least / (BATCHES * BATCH) != 0) {
      throw new AssertionError("a command allocates " + least / (BATCHES * BATCH) + " bytes");
    }
    return "%d commands: %d bytes allocated, %d commands/s under emulation"
        .formatted(BATCHES * BATCH, least, BATCHES * BATCH * 1_000_000_000L / Math.max(1, fastest));
  }
}
