package io.holdfast.drivers.nvme;

import com.sun.management.ThreadMXBean;
import io.holdfast.DmaBuffer;
import io.holdfast.DmaSlice;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/**
 * How many commands a second a disk does: what {@code tests/vm/iops.c} does over bare ioctls and
 * mmap, by the driver; the job {@code tests/vm/guest/iops} runs both in turns.
 *
 * <p>Arguments: commands a run, and runs. Prints the commands a second of each, then how many bytes
 * a command of the last one has allocated.
 */
public final class IopsGuest {
  private static final PciAddress DISK = PciAddress.parse("0000:00:06.0");
  private static final int IN_FLIGHT = 32;
  private static final int CELL = 4096;
  private static final int CELLS = 2048;

  private final NvmeQueue queue;
  private final NvmeNamespace space;
  private final DmaSlice[] data = new DmaSlice[IN_FLIGHT];
  private long random = 88172645463325252L;
  private long done;

  private IopsGuest(NvmeController disk, DmaBuffer buffer) {
    queue = disk.queue(0);
    space = disk.namespace(1);
    for (int place = 0; place < IN_FLIGHT; place++) {
      data[place] = buffer.slice((long) place * CELL, CELL);
    }
  }

  public static void main(String[] arguments) {
    Path state = Path.of(System.getenv("STATE"), "iops");
    try (Host host = Host.local();
        LiveSession session = LiveSession.openOrRestore(host, "iops", state)) {
      Ioas ioas = session.ioas("disk");
      try (NvmeController disk = NvmeController.open(session, ioas, DISK, NvmeOptions.defaults())) {
        new IopsGuest(disk, ioas.buffer("data", IN_FLIGHT * CELL))
            .run(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
      }
    }
  }

  private void run(int commands, int runs) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    NvmeHandler handler = this::completed;
    for (int place = 0; place < IN_FLIGHT; place++) {
      send(place);
    }
    long allocated = 0;
    for (int run = 0; run < runs; run++) {
      done = 0;
      long before = threads.getCurrentThreadAllocatedBytes();
      long began = System.nanoTime();
      while (done < commands) {
        queue.poll(handler);
      }
      long nanos = System.nanoTime() - began;
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
      System.out.println(done * 1_000_000_000L / nanos);
    }
    System.out.println("allocated " + allocated / commands);
    while (queue.outstanding() > 0) {
      queue.poll((tag, status) -> {});
    }
  }

  private void completed(long place, int status) {
    if (status != NvmeStatus.SUCCESS) {
      throw new AssertionError(NvmeStatus.describe(status));
    }
    done++;
    send((int) place);
  }

  private void send(int place) {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    long block = (random >>> 1) % CELLS * (CELL / 512);
    boolean sent =
        (random & 1) != 0
            ? queue.write(space, block, data[place], place)
            : queue.read(space, block, data[place], place);
    if (!sent) {
      throw new AssertionError("the queue is full");
    }
  }
}
