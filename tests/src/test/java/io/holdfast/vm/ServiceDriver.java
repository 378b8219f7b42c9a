package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.drivers.edu.EduDriver;
import io.holdfast.model.PciAddress;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.StoreReport;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A driver that is a service of systemd's, as it starts: for the first time, after it was killed,
 * restarted, and in the next kernel. The job says in a file which of these it is, and in another
 * when to preserve the session.
 *
 * @param job the job it belongs to, with which its tests' names begin
 * @param store who keeps its descriptors
 * @param afterKexec how its session opens in the next kernel
 */
record ServiceDriver(String job, StoreReport.Kind store, Outcome afterKexec) {
  private static final PciAddress EDU = PciAddress.parse("0000:00:04.0");
  private static final Sample SAMPLE = new Sample("nic0", EDU);
  private static final int LENGTH_BYTES = 1024;
  private static final long FROM = 8192;
  private static final long TO = 64 * 1024;
  private static final int POLL_MILLIS = 100;

  /** Unprivileged; systemd keeps what it has, and it restores by itself. */
  static ServiceDriver ofSystemd() {
    return new ServiceDriver("service", StoreReport.Kind.SYSTEMD, Outcome.RESTORED);
  }

  /** A holder keeps what it has, to which a unit before it has restored its session. */
  static ServiceDriver ofHolder() {
    return new ServiceDriver("early", StoreReport.Kind.HOLDER, Outcome.RESUMED);
  }

  void run() throws Exception {
    Path state = Path.of(System.getenv("STATE_DIRECTORY"));
    String stage = Files.readString(state.resolve("stage")).strip();
    String test = job + "." + stage;
    boolean overKexec = stage.startsWith("kexec");
    Notes notes = Notes.read(state.resolve("notes"));
    try (Host host = Host.local()) {
      LiveSession session = SAMPLE.open(host, state);
      Outcome outcome = session.report().outcome();
      check(
          test + ".outcome",
          () -> {
            Outcome expected =
                stage.equals("first")
                    ? Outcome.FIRST_START
                    : overKexec ? afterKexec : Outcome.RESUMED;
            require(outcome == expected, "%s: %s", outcome, session.report().reason());
            require(session.store().kind() == store, "%s", session.store());
            return outcome + ", process " + ProcessHandle.current().pid();
          });
      VfioDevice device = session.device(EDU).orElseThrow();
      if (!overKexec && outcome == Outcome.RESUMED) {
        check(
            test + ".bus-master",
            () -> {
              require(device.isBusMaster(), "it was stopped");
              return "the device was never stopped";
            });
      }
      DmaBuffer buffer = SAMPLE.buffer(session);
      if (stage.equals("first")) {
        Content.fill(buffer, 7);
        notes.put("nic0.extents", buffer.extents());
      } else {
        check(test + ".same", () -> SAMPLE.compare(session, notes));
      }
      check(
          test + ".dma",
          () -> {
            byte[] bytes = Content.random(stage.hashCode(), LENGTH_BYTES);
            MemorySegment.copy(
                MemorySegment.ofArray(bytes), 0, buffer.segment(), FROM, bytes.length);
            EduDriver edu = new EduDriver(device);
            device.enableBusMastering();
            edu.read(buffer.physicalAddress(FROM), LENGTH_BYTES);
            edu.write(buffer.physicalAddress(TO), LENGTH_BYTES);
            Content.expect(buffer, TO, bytes, "after the copy");
            return LENGTH_BYTES + " bytes to the device and back";
          });
      notes.put("nic0.checksum", Content.checksum(buffer));
      notes.write();
      session.ready();
      serve(state, test, session);
    }
  }

  /** Until it is stopped; a driver that just ends has left its session with systemd. */
  private static void serve(Path state, String test, LiveSession session) throws Exception {
    while (true) {
      if (Files.deleteIfExists(state.resolve("seal"))) {
        check(
            test + ".sealed",
            () -> {
              session.device(EDU).orElseThrow().disableBusMastering();
              return "in " + session.preserve().sealed().nameInKernel();
            });
        Files.createFile(state.resolve("sealed"));
      }
      Thread.sleep(POLL_MILLIS);
    }
  }
}
