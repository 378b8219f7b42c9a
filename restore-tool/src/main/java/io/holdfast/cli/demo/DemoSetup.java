package io.holdfast.cli.demo;

import io.holdfast.DmaBuffer;
import io.holdfast.DmaFile;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.engine.HostProcess;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import io.holdfast.session.MapOptions;
import io.holdfast.sim.SimulatedMachine;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What the demo's driver sets up: the same calls at first start and after the kexec. Not
 * thread-safe.
 *
 * @param device the edu device
 * @param ring 4 KiB
 * @param packets 2 MiB
 * @param pool 32 MiB, in many extents
 * @param mailbox a memfd of the driver's own, an odd number of pages
 * @param mirror the same memfd at a second IOVA
 * @param control memory that nobody preserves
 */
record DemoSetup(
    VfioDevice device,
    DmaBuffer ring,
    DmaBuffer packets,
    DmaBuffer pool,
    DmaBuffer mailbox,
    DmaBuffer mirror,
    DmaBuffer control) {
  static final String SESSION = "demo";
  static final String CONTROL = "control";

  private static final long PAGE_BYTES = 4096;
  private static final long MAILBOX_BYTES = 37 * PAGE_BYTES;
  private static final long CONTROL_BYTES = 1 << 20;

  static DemoSetup of(Host host, LiveSession session) {
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(SimulatedMachine.EDU_ADDRESS, rings);
    DmaFile own = session.file("mailbox", () -> newMemfd(host));
    MapOptions options = MapOptions.defaults();
    return new DemoSetup(
        device,
        rings.buffer("ring", PAGE_BYTES),
        rings.buffer("packets", 2 << 20),
        rings.buffer("pool", 32 << 20),
        rings.map("mailbox", own, 0, MAILBOX_BYTES, options),
        rings.map("mirror", own, 0, MAILBOX_BYTES, options),
        rings.mapAnonymous(CONTROL, controlMemory(host), options.declaredTransient()));
  }

  /** The buffers whose place and content must come through. */
  List<DmaBuffer> preserved() {
    return List.of(ring, packets, pool, mailbox, mirror);
  }

  /**
   * The memory of a memfd that is mapped by its address only, so that the session does not know the
   * memfd.
   */
  private static MemorySegment controlMemory(Host host) {
    MappedMemory memory =
        Memfd.create(HostProcess.of(host).syscalls(), CONTROL, CONTROL_BYTES).map(0, CONTROL_BYTES);
    return memory.segment();
  }

  private static int newMemfd(Host host) {
    Memfd memfd = Memfd.create(HostProcess.of(host).syscalls(), "mailbox", MAILBOX_BYTES);
    int copy = memfd.duplicate(0);
    memfd.close();
    return copy;
  }
}
