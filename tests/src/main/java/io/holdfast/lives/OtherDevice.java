package io.holdfast.lives;

import io.holdfast.model.PciIdentity;
import io.holdfast.sim.DeviceBus;
import io.holdfast.sim.SimulatedDevice;
import java.util.Optional;

/** A device that is not the one that was there before; it does nothing. */
public final class OtherDevice implements SimulatedDevice {
  @Override
  public PciIdentity identity() {
    return new PciIdentity(0x1234, 0x11e9, 0x1af4, 0x1100, 0x00ff00, 0x11, Optional.empty());
  }

  @Override
  public void connect(DeviceBus bus) {}

  @Override
  public long stateBytes() {
    return 8;
  }

  @Override
  public long barBytes(int bar) {
    return bar == 0 ? 4096 : 0;
  }

  @Override
  public long read(int bar, long offset, int sizeBytes) {
    return -1;
  }

  @Override
  public void write(int bar, long offset, int sizeBytes, long value) {}
}
