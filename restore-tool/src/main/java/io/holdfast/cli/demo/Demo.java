package io.holdfast.cli.demo;

import io.holdfast.drivers.edu.EduDriver;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs the demo: a driver, a kexec, and the driver's next process, on a simulated machine in a
 * folder.
 *
 * <p>Everything is made from a seed: which frames memory gets, what is in it, who gets the frames
 * that become free.
 */
public final class Demo {
  private final Path folder;
  private final long seed;
  private final Consumer<String> narrator;

  /** A demo in an empty folder; {@code narrator} is told what happens, a paragraph at a time. */
  public Demo(Path folder, long seed, Consumer<String> narrator) {
    this.folder = folder;
    this.seed = seed;
    this.narrator = narrator;
  }

  /**
   * Runs it.
   *
   * @throws DemoException if one of its processes fails
   */
  public DemoOutcome run() throws IOException {
    SimulatedKernel.create(DemoDriver.machine(folder), SimulatedMachine.standard().withSeed(seed))
        .close();
    try (ChildProcess recorder =
        ChildProcess.start(folder, "record", Long.toString(seed)).listenUntil("ready")) {
      tellOfRecorder(recorder);
      // The driver's next process takes the manifest away.
      Files.copy(
          stateOfSession(folder).resolve("manifest"),
          manifestBefore(folder),
          StandardCopyOption.COPY_ATTRIBUTES);
      try (ChildProcess kexec = ChildProcess.start(folder, "kexec").listenUntil(null)) {
        recorder.awaitEnd();
        tellOfKexec(recorder, kexec);
        String oldControl = Long.toHexString(recorder.control().extents().physicalAddress(0));
        try (ChildProcess restorer =
            ChildProcess.start(folder, "restore", Long.toString(seed), oldControl)
                .listenUntil(null)) {
          tellOfRestorer(restorer);
          return outcome(recorder, kexec, restorer);
        }
      }
    }
  }

  /** A copy of the manifest that the driver has sealed. */
  public static Path manifestBefore(Path folder) {
    return folder.resolve("before.manifest");
  }

  /** What the driver records in. */
  public static Path stateOfSession(Path folder) {
    return DemoDriver.state(folder).resolve(DemoSetup.SESSION);
  }

  private DemoOutcome outcome(ChildProcess recorder, ChildProcess kexec, ChildProcess restorer) {
    List<DemoOutcome.Buffer> buffers = new ArrayList<>();
    for (BufferFacts before : recorder.buffers()) {
      for (BufferFacts after : restorer.buffers()) {
        if (after.name().equals(before.name())) {
          buffers.add(DemoOutcome.Buffer.of(before, after));
        }
      }
    }
    return new DemoOutcome(
        seed,
        recorder.pid(),
        kexec.pid(),
        restorer.pid(),
        kexec.fact("bootId"),
        buffers,
        DemoOutcome.Buffer.of(recorder.control(), restorer.control()),
        recorder.fact("dma").equals("ok"),
        restorer.fact("dma").equals("ok"),
        restorer.facts("violation"));
  }

  private void tellOfRecorder(ChildProcess recorder) {
    narrator.accept(
        """
        1. A driver starts: process %d, on a simulated machine with Linux 7.3 and no IOMMU.
           It binds the device %s, maps %d buffers for it and fills them with bytes.
           The device copies %d bytes by DMA from physical address 0x%s to 0x%s: %s.
           One more buffer, "%s", is mapped, but not preserved, to compare with.
        """
            .formatted(
                recorder.pid(),
                SimulatedMachine.EDU_ADDRESS,
                recorder.buffers().size(),
                EduDriver.MAX_TRANSFER_BYTES,
                recorder.fact("dmaFrom"),
                recorder.fact("dmaTo"),
                recorder.fact("dma"),
                DemoSetup.CONTROL));
    narrator.accept(
        """
        2. It preserves the session: the kernel keeps its memory for the next kernel, together with a
           manifest of %s bytes that says what was where.
        """
            .formatted(recorder.fact("manifestBytes")));
  }

  private void tellOfKexec(ChildProcess recorder, ChildProcess kexec) {
    narrator.accept(
        """
        3. kexec: process %d starts the next kernel, boot %s.
           The driver (process %d) is gone, like every process. Memory that was not preserved is given
           to others.
        """
            .formatted(kexec.pid(), kexec.fact("bootId"), recorder.pid()));
  }

  private void tellOfRestorer(ChildProcess restorer) {
    narrator.accept(
        """
        4. The driver starts again: process %d, the same program, the same calls.
           Holdfast takes the session back, maps everything where it was, and compares every physical
           address before the driver gets anything: %s.
           The device copies again by DMA, from 0x%s to 0x%s: %s.
        """
            .formatted(
                restorer.pid(),
                restorer.fact("outcome").equals("RESTORED")
                    ? "restored"
                    : "not restored, " + restorer.fact("reason"),
                restorer.fact("dmaFrom"),
                restorer.fact("dmaTo"),
                restorer.fact("dma")));
  }

  /** What names the machine on the command line, for those who want to look around. */
  static String hostText(Path folder) {
    return "sim:" + DemoDriver.machine(folder);
  }
}
