package io.holdfast.example;

import io.holdfast.DeviceRegion;
import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.SavedState;
import io.holdfast.VfioDevice;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * The driver of docs/driver-guide.md, which shows parts of it: commands with numbers, in a ring in
 * one piece. Its device, QEMU's {@code edu}, takes whatever is written to one of its registers.
 */
final class QueueDriver implements AutoCloseable {
  private static final VarHandle STATUS = ValueLayout.JAVA_INT.varHandle();
  private static final int LAYOUT = 1;
  private static final int SLOTS = 512;

  private final LiveSession session;
  private final VfioDevice device;
  private final DmaBuffer ring;
  private final SavedState state;
  private final DeviceRegion registers;
  private final MemorySegment saved = Arena.ofAuto().allocate(Long.BYTES, Long.BYTES);
  private long submitted;

  QueueDriver(Host host, Path stateDirectory, PciAddress address) {
    session = LiveSession.openOrRestore(host, "queue0", stateDirectory);
    Ioas ioas = session.ioas("queues");
    device = session.bind(address, ioas); // before any buffer: only then are pages pinned
    ring = ioas.buffer("ring", 64 << 10, MapOptions.defaults().contiguous().aligned(4096));
    state = session.state("heads", 64);
    registers = device.region(0);
    if (session.isResumed()) {
      adoptCommandsInFlight();
    } else {
      programTheDevice();
    }
    device.enableBusMastering(); // last: from here on the device may touch memory
    session.ready(); // it works: what is closed from now on is given up
  }

  /** What was submitted is known from the saved state; the ring is as it was. */
  private void adoptCommandsInFlight() {
    state.read(saved);
    submitted = saved.get(ValueLayout.JAVA_LONG, 0);
  }

  /** After a start or a restore: the device has been reset, and is told where its ring is. */
  private void programTheDevice() {
    adoptCommandsInFlight();
    registers.put64(0x80, ring.physicalAddress(0));
  }

  void submitOne(int command) {
    submit(command);
  }

  private void submit(int command) {
    long id = state.life() << 32 | submitted;
    saved.set(ValueLayout.JAVA_LONG, 0, ++submitted);
    state.save(LAYOUT, saved); // before the doorbell: what the device may have seen is saved
    ring.segment().set(ValueLayout.JAVA_LONG, slot(submitted), id);
    registers.put64(0x88, command);
  }

  private static long slot(long number) {
    return number % SLOTS * Long.BYTES;
  }

  /** What the device has written into a slot. */
  int status(long number) {
    MemorySegment completion = ring.segment().asSlice(slot(number), Long.BYTES);
    int done = (int) STATUS.getAcquire(completion, 0L);
    return done;
  }

  long submitted() {
    return submitted;
  }

  long life() {
    return state.life();
  }

  long ringAddress() {
    return ring.physicalAddress(0);
  }

  /** Waits until nothing is in flight: this device has nothing. */
  private void quiesce() {
    registers.flush();
  }

  /** Preserves first and stops the device afterwards. */
  void prepareForLiveUpdate() {
    session.preserve(PreserveOptions.defaults().whileDevicesWrite()); // it goes on
    quiesce();
    device.disableBusMastering();
  }

  @Override
  public void close() {
    session.close();
  }
}
