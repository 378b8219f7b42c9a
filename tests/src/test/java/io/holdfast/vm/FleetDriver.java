package io.holdfast.vm;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.drivers.edu.EduDriver;
import io.holdfast.model.PciAddress;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The driver of each host of {@code tests/fleet}: its device copies through its memory for as long
 * as it runs, and it seals its session when the file {@code seal} is there. With the file {@code
 * idle} it has no session.
 */
final class FleetDriver {
  private static final PciAddress EDU = PciAddress.parse("0000:00:04.0");
  private static final Sample SAMPLE = new Sample("nic0", EDU);
  private static final int LENGTH_BYTES = 1024;
  private static final long FROM = 8192;
  private static final long TO = 64 * 1024;
  private static final int POLL_MILLIS = 100;

  private FleetDriver() {}

  static void run() throws Exception {
    Path state = Path.of(System.getenv("STATE_DIRECTORY"));
    if (Files.exists(state.resolve("idle"))) {
      withoutSession(state);
    }
    try (Host host = Host.local()) {
      LiveSession session = SAMPLE.open(host, state);
      VfioDevice device = session.device(EDU).orElseThrow();
      DmaBuffer buffer = SAMPLE.buffer(session);
      if (!session.isRestored()) {
        Content.fill(buffer, 7);
      }
      EduDriver edu = new EduDriver(device);
      session.ready();
      System.out.println("fleet driver: " + session.report().outcome());
      for (int round = 0; ; round++) {
        if (Files.deleteIfExists(state.resolve("seal"))) {
          if (!session.isPreserved()) {
            device.disableBusMastering();
            session.preserve();
          }
          Files.createFile(state.resolve("sealed"));
        }
        if (!session.isPreserved()) {
          copy(device, edu, buffer, round);
        }
        Thread.sleep(POLL_MILLIS);
      }
    }
  }

  /** A driver that holds nothing, and so has nothing to seal. */
  private static void withoutSession(Path state) throws Exception {
    while (true) {
      if (Files.deleteIfExists(state.resolve("seal"))) {
        Files.createFile(state.resolve("sealed"));
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private static void copy(VfioDevice device, EduDriver edu, DmaBuffer buffer, int round) {
    byte[] bytes = Content.random(round, LENGTH_BYTES);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, buffer.segment(), FROM, bytes.length);
    device.enableBusMastering();
    edu.read(buffer.physicalAddress(FROM), LENGTH_BYTES);
    edu.write(buffer.physicalAddress(TO), LENGTH_BYTES);
    Content.expect(buffer, TO, bytes, "after the copy");
  }
}
