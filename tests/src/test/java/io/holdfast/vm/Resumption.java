package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.drivers.edu.EduDriver;
import io.holdfast.engine.HostProcess;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.PciAddress;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.StoreReport;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;

/**
 * A driver that is killed while its device may reach memory, and goes on in its next process; the
 * last one leaves its session to the holder, and goes on in the next kernel with what the tool has
 * restored and left to a holder there.
 */
final class Resumption {
  private static final PciAddress EDU = PciAddress.parse("0000:00:04.0");
  private static final Sample SAMPLE = new Sample("kept", EDU);
  private static final int LENGTH_BYTES = 1024;

  /** Where a transfer's bytes are in the buffer, and where they come back to. */
  private static final long FROM = 8192;

  private static final long TO = 64 * 1024;

  private Resumption() {}

  static void run(String stage) throws Exception {
    Notes notes = Notes.read(Guest.STATE.resolve("notes"));
    try (Host host = Host.local()) {
      LiveSession session = SAMPLE.open(host);
      if (stage.equals("first")) {
        begin(session, notes);
        waitForTheKill(stage);
      }
      goOn(stage, host, session, notes);
      switch (stage) {
        case "second" -> waitForTheKill(stage);
        case "third" -> {
          waitToBeSeen(stage);
          check(
              "resume.left",
              () -> {
                session.preserve(PreserveOptions.defaults().whileDevicesWrite());
                session.leave();
                return "sealed, and left with the holder";
              });
        }
        default -> {
          waitToBeSeen(stage);
          session.discard();
        }
      }
    }
  }

  private static void begin(LiveSession session, Notes notes) {
    check(
        "resume.first",
        () -> {
          require(session.store().kind() == StoreReport.Kind.HOLDER, "kept by %s", session.store());
          DmaBuffer buffer = SAMPLE.buffer(session);
          Content.fill(buffer, 7);
          copy(session, buffer, 1);
          notes.put("kept.extents", buffer.extents());
          notes.put("kept.checksum", Content.checksum(buffer));
          notes.write();
          return buffer.extents().size() + " extents";
        });
  }

  private static void goOn(String stage, Host host, LiveSession session, Notes notes) {
    String test = "resume." + stage;
    boolean overKexec = stage.equals("kexec");
    check(
        test + ".outcome",
        () -> {
          Outcome outcome = session.report().outcome();
          require(outcome == Outcome.RESUMED, "%s: %s", outcome, session.report().reason());
          return outcome.toString();
        });
    if (!overKexec) {
      check(
          test + ".bus-master",
          () -> {
            require(PciSysfs.isBusMaster(HostProcess.of(host).syscalls(), EDU), "it was stopped");
            return "the device was never stopped";
          });
    }
    DmaBuffer buffer = SAMPLE.buffer(session);
    check(test + ".same", () -> SAMPLE.compare(session, notes));
    check(
        test + ".dma",
        () -> {
          copy(session, buffer, stage.hashCode());
          notes.put("kept.checksum", Content.checksum(buffer));
          notes.write();
          return LENGTH_BYTES + " bytes to the device and back";
        });
    if (!overKexec) {
      check(test + ".pagemap", () -> PageMap.compare(buffer) + " pages");
    }
  }

  /** Has the device copy a part of the buffer to another, by physical addresses. */
  private static void copy(LiveSession session, DmaBuffer buffer, long seed) {
    byte[] bytes = Content.random(seed, LENGTH_BYTES);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, buffer.segment(), FROM, LENGTH_BYTES);
    VfioDevice device = session.device(EDU).orElseThrow();
    EduDriver driver = new EduDriver(device);
    device.enableBusMastering();
    driver.read(buffer.physicalAddress(FROM), LENGTH_BYTES);
    driver.write(buffer.physicalAddress(TO), LENGTH_BYTES);
    Content.expect(buffer, TO, bytes, "after the copy");
  }

  private static void waitForTheKill(String stage) throws Exception {
    Files.createFile(Guest.STATE.resolve(stage));
    Thread.sleep(Long.MAX_VALUE);
  }

  /** The job looks at this process's memory from outside, and says when it has. */
  private static void waitToBeSeen(String stage) throws Exception {
    Files.createFile(Guest.STATE.resolve(stage));
    while (!Files.exists(Guest.STATE.resolve(stage + "-seen"))) {
      Thread.sleep(200);
    }
  }
}
