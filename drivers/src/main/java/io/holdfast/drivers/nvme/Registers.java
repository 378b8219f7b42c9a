package io.holdfast.drivers.nvme;

import io.holdfast.DeviceRegion;
import java.time.Duration;

/** The controller's registers (section 3.1), by the specification's names. */
final class Registers {
  private static final int CAP = 0x00;
  private static final int INTMS = 0x0c;
  private static final int CC = 0x14;
  private static final int CSTS = 0x1c;
  private static final int AQA = 0x24;
  private static final int ASQ = 0x28;
  private static final int ACQ = 0x30;
  private static final int DOORBELLS = 0x1000;

  private static final int CSTS_RDY = 1;
  private static final int CSTS_CFS = 2;
  private static final int CSTS_SHST = 0xc;
  private static final int CSTS_SHST_COMPLETE = 0x8;
  private static final int CC_EN = 1;
  private static final int CC_SHN = 0xc000;
  private static final int CC_SHN_NORMAL = 0x4000;

  /** I/O completion entries of 2^4 bytes and submission entries of 2^6, 4 KiB pages, NVM. */
  private static final int CC_SETTINGS = 4 << 20 | 6 << 16;

  /** What a device that is gone reads as. */
  private static final int GONE = -1;

  private final DeviceRegion region;
  private final long capabilities;
  private final int doorbellBytes;

  Registers(DeviceRegion region) {
    this.region = region;
    this.capabilities = region.get64(CAP);
    this.doorbellBytes = 4 << (capabilities >>> 32 & 0xf);
  }

  /** How many entries a queue may have. */
  int mostEntries() {
    return (int) (capabilities & 0xffff) + 1;
  }

  /** How long starting and stopping may take. */
  Duration patience() {
    return Duration.ofMillis(500 * Math.max(1, capabilities >>> 24 & 0xff));
  }

  /** Whether it has 4 KiB pages, which are the ones that this driver uses. */
  boolean hasSmallPages() {
    return (capabilities >>> 48 & 0xf) == 0;
  }

  /** Whether it works, with these admin queues. */
  boolean isRunningWith(long submissions, long completions, int entries) {
    return (region.get32(CC) & CC_EN) != 0
        && (region.get32(CSTS) & (CSTS_RDY | CSTS_CFS | CSTS_SHST)) == CSTS_RDY
        && region.get64(ASQ) == submissions
        && region.get64(ACQ) == completions
        && region.get32(AQA) == sizes(entries);
  }

  /** Whether it has failed for good, or is gone. */
  boolean hasFailed() {
    int status = region.get32(CSTS);
    return status == GONE || (status & CSTS_CFS) != 0;
  }

  private static int sizes(int entries) {
    return ((entries - 1) << 16) | (entries - 1);
  }

  /** Stops the controller: what it had under way is over when it is not ready any more. */
  void disable() {
    region.put32(CC, region.get32(CC) & ~(CC_EN | CC_SHN));
    await("to stop the controller", CSTS_RDY, 0);
  }

  void enable(long submissions, long completions, int entries) {
    region.put32(AQA, sizes(entries));
    region.put64(ASQ, submissions);
    region.put64(ACQ, completions);
    region.put32(CC, CC_SETTINGS | CC_EN);
    await("to start the controller", CSTS_RDY, CSTS_RDY);
  }

  /** Has it put everything in order before it is switched off. */
  void shutDown() {
    region.put32(CC, (region.get32(CC) & ~CC_SHN) | CC_SHN_NORMAL);
    await("to shut the controller down", CSTS_SHST, CSTS_SHST_COMPLETE);
  }

  private void await(String what, int mask, int wanted) {
    long deadline = System.nanoTime() + patience().toNanos();
    while (true) {
      int status = region.get32(CSTS);
      if (status == GONE || (wanted != 0 && (status & CSTS_CFS) != 0)) {
        throw new NvmeException(
            "the controller failed %s (CSTS 0x%x)".formatted(what, status),
            status == GONE ? "it is gone" : "reset it");
      }
      if ((status & mask) == wanted) {
        return;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new NvmeTimeoutException(what, patience(), "reset the device");
      }
      Thread.onSpinWait();
    }
  }

  /** Holds back the interrupt line: for a driver that polls. */
  void maskLine() {
    region.put32(INTMS, -1);
  }

  /** Where a queue's doorbell is: of its submissions, or of its completions. */
  long doorbell(int queue, boolean submissions) {
    return DOORBELLS + (2L * queue + (submissions ? 0 : 1)) * doorbellBytes;
  }

  /** Rings a doorbell, after everything that was written to memory before. */
  void ring(long doorbell, int index) {
    region.put32(doorbell, index);
  }
}
