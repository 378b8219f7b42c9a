package io.holdfast.drivers.edu;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.model.PciAddress;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A whole driver, as small as they get: the device copies bytes from one buffer to another.
 *
 * <p>First start and restart are the same code. After a live update the buffers are where they
 * were, with what was in them. Not thread-safe.
 */
public final class CopyEngine implements AutoCloseable {
  private final LiveSession session;
  private final VfioDevice device;
  private final EduDriver edu;
  private final DmaBuffer input;
  private final DmaBuffer output;

  /**
   * Starts it, or goes on where the last process stopped.
   *
   * <p>Where this fails the process ends, or tries again: nothing that was restored is lost.
   *
   * @param stateDirectory where the session's journal and manifest are kept
   * @param address where the device sits
   */
  public CopyEngine(Host host, Path stateDirectory, PciAddress address) {
    session = LiveSession.openOrRestore(host, "copy-engine", stateDirectory);
    Ioas ioas = session.ioas("rings");
    device = session.bind(address, ioas); // before anything is mapped
    input = ioas.buffer("input", 4096); // restored, or new and zeroed
    output = ioas.buffer("output", 4096);
    edu = new EduDriver(device); // binding has reset the device; the memory is as it was
    device.enableBusMastering(); // from here on the device may touch memory
    session.ready(); // it works: until here close() leaves with a store what was brought back
  }

  /** Has the device copy the input to the output. It knows physical addresses only. */
  public void copy(int bytes) {
    edu.read(input.dmaAddress(0), bytes);
    edu.write(output.dmaAddress(0), bytes);
  }

  /** Hands everything to the kernel; the process has to live until the kexec. */
  public void prepareForLiveUpdate() {
    device.disableBusMastering(); // nothing is written from here on
    session.preserve(); // cancelPreserve() takes it back
  }

  /** Whether this process goes on where the one before the live update stopped. */
  public boolean isRestored() {
    return session.isRestored();
  }

  /** What is copied, 4096 bytes. */
  public MemorySegment input() {
    return input.segment();
  }

  /** What it is copied to, 4096 bytes. */
  public MemorySegment output() {
    return output.segment();
  }

  /** Gives everything back, what was preserved included. */
  @Override
  public void close() {
    session.close();
  }
}
