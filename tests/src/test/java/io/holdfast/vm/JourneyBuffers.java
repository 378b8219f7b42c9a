package io.holdfast.vm;

import io.holdfast.DmaBuffer;
import io.holdfast.DmaFile;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import java.util.List;

/**
 * The devices and memory of the main scenario: asked for by the same calls at first and after every
 * kexec.
 */
final class JourneyBuffers {
  private static final PciAddress EDU = PciAddress.parse("0000:00:04.0");
  private static final PciAddress NETWORK = PciAddress.parse("0000:00:05.0");
  private static final long PACKETS_BYTES = 64 << 20;
  private static final long TRACE_BYTES = 7 * 4096;

  final VfioDevice edu;
  final VfioDevice network;
  final DmaBuffer ring;
  final DmaBuffer control;
  final DmaBuffer packets;
  final DmaBuffer queue;
  final DmaBuffer trace;
  final DmaBuffer traceAgain;

  JourneyBuffers(Host host, LiveSession session) {
    Ioas rings = session.ioas("rings");
    Ioas queues = session.ioas("queues");
    edu = session.bind(EDU, rings);
    network = session.bind(NETWORK, queues);
    ring = rings.buffer("ring", 4096);
    control = rings.buffer("control", 2 << 20);
    DmaFile frames =
        session.file("frames", () -> Guest.scatteredMemfd(host, "frames", PACKETS_BYTES));
    packets = rings.map("packets", frames, 0, PACKETS_BYTES, MapOptions.defaults());
    queue = queues.buffer("queue", 1 << 20, MapOptions.defaults().readOnlyForDevice());
    DmaFile file = session.file("trace", () -> Guest.memfd(host, "trace", TRACE_BYTES));
    trace = rings.map("trace", file, 0, TRACE_BYTES, MapOptions.defaults().at(0x7_0000_0000L));
    traceAgain =
        rings.map("trace-again", file, 0, TRACE_BYTES, MapOptions.defaults().at(0x9_0000_0000L));
  }

  /** All of them; the two names of the caller's memfd are the same memory. */
  List<DmaBuffer> all() {
    return List.of(ring, control, packets, queue, trace, traceAgain);
  }
}
