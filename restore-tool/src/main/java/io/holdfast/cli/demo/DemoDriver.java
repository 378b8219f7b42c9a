package io.holdfast.cli.demo;

import io.holdfast.DmaBuffer;
import io.holdfast.LiveSession;
import io.holdfast.drivers.edu.EduDriver;
import io.holdfast.model.HoldfastException;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.sim.DmaViolation;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.KexecReport;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * The processes of {@code holdfast demo}: {@code record FOLDER SEED}, {@code kexec FOLDER}, {@code
 * restore FOLDER SEED PA}. Each tells what it did in lines of {@code key value} on its output.
 */
public final class DemoDriver {
  /** What the one line about a failure begins with. */
  static final String ERROR_PREFIX = "holdfast demo: ";

  private static final int DMA_BYTES = EduDriver.MAX_TRANSFER_BYTES;
  private static final long DMA_OFFSET = 3 * 4096 + 512;

  private final Path folder;
  private final long seed;

  private DemoDriver(Path folder, long seed) {
    this.folder = folder;
    this.seed = seed;
  }

  /** Runs one process of the demo; exits with 1 and one line on the error stream where it fails. */
  public static void main(String[] args) throws IOException {
    try {
      Path folder = Path.of(args[1]);
      switch (args[0]) {
        case "record" -> new DemoDriver(folder, Long.parseLong(args[2])).record();
        case "kexec" -> kexec(folder);
        case "restore" ->
            new DemoDriver(folder, Long.parseLong(args[2]))
                .restore(Long.parseUnsignedLong(args[3], 16));
        default -> throw new IllegalArgumentException("the demo has no process " + args[0]);
      }
    } catch (HoldfastException refused) {
      System.err.println(ERROR_PREFIX + refused.getMessage());
      System.exit(1);
    }
  }

  /** The folder of the simulated machine. */
  static Path machine(Path folder) {
    return folder.resolve("machine");
  }

  /** The state directory. */
  static Path state(Path folder) {
    return folder.resolve("state");
  }

  private void record() throws IOException {
    SimulatedHost host = SimulatedHost.open(machine(folder));
    LiveSession session = LiveSession.openOrRestore(host, DemoSetup.SESSION, state(folder));
    DemoSetup setup = DemoSetup.of(host, session);
    for (DmaBuffer buffer : setup.preserved()) {
      pattern(buffer).fill(buffer.segment());
    }
    setup.device().enableBusMastering();
    copyByDevice(setup);
    setup.device().disableBusMastering();
    tellBuffers(setup);
    PreserveReport report = session.preserve(PreserveOptions.defaults().withChecksums());
    tell("manifestBytes", report.manifestBytes());
    tell("manifestSha256", report.manifestSha256());
    tell("ready", "yes");
    // The kernel keeps the session as long as this process lives; the kexec ends it.
    System.in.read();
  }

  private static void kexec(Path folder) {
    KexecReport report = SimulatedKernel.kexec(machine(folder), KexecMode.FILE);
    tell("bootId", report.bootId());
    tell("sessionsCarried", String.join(",", report.sessionsCarried()));
    tell("sessionsLost", String.join(",", report.sessionsLost()));
    report.killedPid().ifPresent(pid -> tell("killedPid", pid));
  }

  private void restore(long oldControlAddress) {
    try (SimulatedHost host = SimulatedHost.open(machine(folder));
        LiveSession session = LiveSession.openOrRestore(host, DemoSetup.SESSION, state(folder))) {
      tell("outcome", session.report().outcome());
      tell("reason", session.report().reason());
      DemoSetup setup = DemoSetup.of(host, session);
      tellBuffers(setup);
      setup.device().enableBusMastering();
      copyByDevice(setup);
      // What a driver would do that trusted the addresses of memory it had not preserved.
      new EduDriver(setup.device()).write(oldControlAddress, DMA_BYTES);
      setup.device().disableBusMastering();
      for (DmaViolation violation : host.kernel().violations()) {
        tell("violation", violation);
      }
    }
  }

  /**
   * Lets the device copy from the packets into the mailbox, by physical addresses, and looks at
   * what arrived.
   */
  private void copyByDevice(DemoSetup setup) {
    MemorySegment target = setup.mailbox().segment().asSlice(DMA_OFFSET, DMA_BYTES);
    target.fill((byte) 0);
    EduDriver edu = new EduDriver(setup.device());
    edu.read(setup.packets().physicalAddress(0), DMA_BYTES);
    edu.write(setup.mailbox().physicalAddress(DMA_OFFSET), DMA_BYTES);
    MemorySegment source = setup.packets().segment().asSlice(0, DMA_BYTES);
    tell("dma", source.mismatch(target) < 0 ? "ok" : "differs");
    tell("dmaFrom", Long.toHexString(setup.packets().physicalAddress(0)));
    tell("dmaTo", Long.toHexString(setup.mailbox().physicalAddress(DMA_OFFSET)));
  }

  private void tellBuffers(DemoSetup setup) {
    for (DmaBuffer buffer : setup.preserved()) {
      tell("buffer", BufferFacts.of(buffer, differences(setup, buffer)).toLine());
    }
    tell("control", BufferFacts.of(setup.control(), 0).toLine());
  }

  /**
   * Compares a buffer with what it was filled with; the mailbox but for what the device has written
   * there.
   */
  private long differences(DemoSetup setup, DmaBuffer buffer) {
    if (buffer != setup.mailbox() && buffer != setup.mirror()) {
      return pattern(buffer).differences(buffer.segment());
    }
    byte[] expected = new byte[(int) buffer.lengthBytes()];
    MemorySegment content = MemorySegment.ofArray(expected);
    pattern(setup.mirror()).fill(content);
    MemorySegment copied = MemorySegment.ofArray(new byte[(int) setup.packets().lengthBytes()]);
    pattern(setup.packets()).fill(copied);
    MemorySegment.copy(copied, 0, content, DMA_OFFSET, DMA_BYTES);
    long differences = 0;
    byte[] found = buffer.segment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    for (int i = 0; i < expected.length; i++) {
      differences += expected[i] == found[i] ? 0 : 1;
    }
    return differences;
  }

  private Pattern pattern(DmaBuffer buffer) {
    return new Pattern(seed, buffer.name());
  }

  private static void tell(String key, Object value) {
    System.out.println(key + " " + value);
    System.out.flush();
  }
}
