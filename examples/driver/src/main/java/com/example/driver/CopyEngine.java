package com.example.driver;

import io.holdfast.DeviceRegion;
import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.model.PciAddress;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A driver as small as they get: QEMU's {@code edu} device copies bytes from one buffer to another.
 *
 * <p>First start and restart are the same code. After a live update the buffers are where they
 * were, with what was in them; the device has to be programmed again, as after any reset.
 */
final class CopyEngine implements AutoCloseable {
  private static final long DEVICE_BUFFER = 0x40000;
  private static final int SOURCE = 0x80;
  private static final int DESTINATION = 0x88;
  private static final int COUNT = 0x90;
  private static final int COMMAND = 0x98;
  private static final int START = 1;
  private static final int TO_MEMORY = 2;

  private final LiveSession session;
  private final DmaBuffer input;
  private final DmaBuffer output;
  private final DeviceRegion registers;
  private final VfioDevice device;

  CopyEngine(Host host, Path stateDirectory, PciAddress address) {
    session = LiveSession.openOrRestore(host, "copy-engine", stateDirectory);
    Ioas ioas = session.ioas("rings");
    device = session.bind(address, ioas); // Bound before anything is mapped.
    input = ioas.buffer("input", 4096); // Restored, or new and zeroed.
    output = ioas.buffer("output", 4096);
    registers = device.region(0);
    device.enableBusMastering(); // Last: from here on the device may touch memory.
    session.ready(); // It works: what is closed from now on is given up.
  }

  /** Whether this process goes on where the one before the live update stopped. */
  boolean isRestored() {
    return session.isRestored();
  }

  MemorySegment input() {
    return input.segment();
  }

  MemorySegment output() {
    return output.segment();
  }

  /** Lets the device copy the input to the output. It knows physical addresses only. */
  void copy(int bytes) {
    transfer(input.physicalAddress(0), DEVICE_BUFFER, bytes, START);
    transfer(DEVICE_BUFFER, output.physicalAddress(0), bytes, START | TO_MEMORY);
  }

  private void transfer(long source, long destination, int bytes, int command) {
    registers.put64(SOURCE, source);
    registers.put64(DESTINATION, destination);
    registers.put64(COUNT, bytes);
    registers.put64(COMMAND, command);
  }

  /** Hands everything to the kernel; the process has to live until the kexec. */
  void prepareForLiveUpdate() {
    device.disableBusMastering(); // What it writes from here on would be lost, or half done.
    session.preserve();
  }

  @Override
  public void close() {
    session.close();
  }
}
