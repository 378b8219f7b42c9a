package io.holdfast.sim;

import io.holdfast.model.PciIdentity;
import java.util.Optional;

/**
 * A PCI Express function that can be reset, and does nothing else: what a network card is to VFIO.
 */
public final class ResettableDevice implements SimulatedDevice {
  @Override
  public PciIdentity identity() {
    return new PciIdentity(0x8086, 0x10d3, 0x8086, 0, 0x020000, 0, Optional.empty());
  }

  @Override
  public void connect(DeviceBus bus) {}

  @Override
  public long stateBytes() {
    return 0;
  }

  @Override
  public long barBytes(int bar) {
    return bar == 0 ? 128 << 10 : 0;
  }

  @Override
  public long read(int bar, long offset, int sizeBytes) {
    return 0;
  }

  @Override
  public void write(int bar, long offset, int sizeBytes, long value) {}

  @Override
  public boolean isResettable() {
    return true;
  }

  @Override
  public boolean isExpress() {
    return true;
  }
}
