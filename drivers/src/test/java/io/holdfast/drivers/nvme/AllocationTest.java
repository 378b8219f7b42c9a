package io.holdfast.drivers.nvme;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.holdfast.DeviceRegion;
import io.holdfast.DmaSlice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/**
 * A command costs no garbage. The test plays the disk, by writing completions into the ring, since
 * a simulated one works in the thread that rings; what ringing allocates there is measured beside
 * it, and subtracted.
 */
class AllocationTest extends DiskFixture {
  private static final int BATCH = 32;
  private static final int BATCHES = 300;
  private static final int ROUNDS = 20;
  private static final int MOST_ROUNDS = 200;
  private static final int QUEUE = 2;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private NvmeQueue queue;
  private NvmeNamespace space;
  private DmaSlice[] slices;
  private DeviceRegion registers;
  private MemorySegment submissions;
  private MemorySegment completions;
  private long done;
  private long told;
  private final NvmeHandler handler = this::completed;

  @Test
  void aCommandAllocatesNothing() {
    start();
    queue = disk.queue(0);
    space = disk.namespace(1);
    slices = new DmaSlice[BATCH];
    for (int i = 0; i < BATCH; i++) {
      slices[i] = buffer("data", 1 << 20).slice(i * 16384L + 512, 16384); // With a list of pages.
    }
    registers = session.device(SLOT).orElseThrow().region(0);
    String ring = "nvme-" + SLOT + "-%s-" + QUEUE + "-256";
    submissions = session.ioas("disk").find(ring.formatted("sq")).orElseThrow().segment();
    completions = session.ioas("disk").find(ring.formatted("cq")).orElseThrow().segment();
    model().breakDown(); // It does nothing by itself any more.
    long rings = Long.MAX_VALUE;
    long all = Long.MAX_VALUE;
    int rounds = 0;
    // Until both are compiled: ringing alone cannot allocate more than ringing and all else does.
    while (rounds < ROUNDS || (all < rings && rounds < MOST_ROUNDS)) {
      rings = Math.min(rings, measure(this::ringOnly));
      all = Math.min(all, measure(this::sendAndPoll));
      rounds++;
    }
    assertThat(told).isEqualTo((long) rounds * BATCHES * BATCH);
    assertThat((all - rings) / (BATCH * BATCHES))
        .as("bytes that a command allocates: %d in all, of which %d by ringing", all, rings)
        .isZero();
  }

  private long measure(Runnable work) {
    long before = threads.getCurrentThreadAllocatedBytes();
    work.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private void ringOnly() {
    for (int i = 0; i < BATCHES * (BATCH + 1); i++) {
      registers.put32(0x1000 + 8 * QUEUE, i & 0xff);
    }
  }

  private void sendAndPoll() {
    for (int batch = 0; batch < BATCHES; batch++) {
      for (int i = 0; i < BATCH; i++) {
        boolean sent =
            (i & 1) == 0
                ? queue.read(space, 64L * i, slices[i], i)
                : queue.write(space, 64L * i, slices[i], i);
        told += sent ? 0 : 1 << 20;
      }
      for (int i = 0; i < BATCH; i++, done++) {
        long at = done % 256;
        int identifier = submissions.get(ValueLayout.JAVA_SHORT, at * 64 + 2) & 0xffff;
        int phase = (done / 256 & 1) == 0 ? 1 << 16 : 0;
        completions.set(ValueLayout.JAVA_INT, at * 16 + 12, identifier | phase);
      }
      queue.poll(handler);
    }
  }

  private void completed(long tag, int status) {
    told += status == 0 ? 1 : 1 << 20;
  }
}
