package io.holdfast.stress;

import io.holdfast.DmaBuffer;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.model.PciAddress;
import java.util.concurrent.atomic.AtomicLong;

/** A device of the stressed session with an IOAS and a buffer of its own. */
final class Slot {
  /** What {@link #read} comes to. */
  static final int REFUSED = 0;

  /** The buffer was pinned as long as it was read. */
  static final int PINNED = 1;

  /** An address was handed out while no device pinned the buffer. */
  static final int UNPINNED = 2;

  private static final int READS = 20_000;
  private static final String BUFFER = "ring";
  private static final long BUFFER_BYTES = 4096;

  private final LiveSession session;
  private final PciAddress address;
  private final Ioas ioas;

  /** Even while the buffer may be pinned, odd while it cannot be. */
  private final AtomicLong epoch = new AtomicLong();

  private VfioDevice device;
  private DmaBuffer buffer;

  Slot(LiveSession session, PciAddress address) {
    this.session = session;
    this.address = address;
    this.ioas = session.ioas(address.toString());
  }

  /** Makes again what a state before has closed. */
  synchronized Slot prepare() {
    PinCalls.actFor(this);
    device = session.bind(address, ioas);
    buffer = ioas.buffer(BUFFER, BUFFER_BYTES);
    return this;
  }

  synchronized VfioDevice device() {
    return device;
  }

  synchronized DmaBuffer buffer() {
    return buffer;
  }

  void unbind(VfioDevice bound) {
    PinCalls.actFor(this);
    bound.close();
  }

  void release(DmaBuffer mapped) {
    PinCalls.actFor(this);
    mapped.close();
  }

  /** The kernel is about to pin the buffer. */
  void pin() {
    epoch.updateAndGet(now -> now + (now & 1));
  }

  /** The kernel is about to unpin the buffer. */
  void unpin() {
    epoch.updateAndGet(now -> now + 1 - (now & 1));
  }

  /** Reads the buffer's address until that is refused. */
  int read(DmaBuffer mapped) {
    for (int i = 0; i < READS; i++) {
      long before = epoch.get();
      try {
        mapped.physicalAddress(0);
      } catch (IllegalStateException refused) {
        return REFUSED;
      }
      if ((before & 1) == 1 && epoch.get() == before) {
        return UNPINNED;
      }
    }
    return PINNED;
  }
}
