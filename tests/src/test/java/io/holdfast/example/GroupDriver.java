package io.holdfast.example;

import io.holdfast.DeviceRegion;
import io.holdfast.GroupDevice;
import io.holdfast.Host;
import io.holdfast.InterruptKind;
import io.holdfast.InterruptVectors;
import io.holdfast.model.PciAddress;
import java.time.Duration;

/** What docs/driver-guide.md shows of a device without a session: QEMU's {@code edu} interrupts. */
final class GroupDriver {
  private static final long RAISE_INTERRUPT = 0x60;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private GroupDriver() {}

  /** Has the device interrupt, and returns how often it has. */
  static long interrupt(Host host, PciAddress address) {
    try (GroupDevice device = GroupDevice.open(host, address)) { // bus mastering is off
      DeviceRegion registers = device.region(0);
      InterruptVectors vectors = device.enableInterrupts(InterruptKind.INTX, 1);
      registers.put32(RAISE_INTERRUPT, 1);
      return vectors.vector(0).await(PATIENCE);
    }
  }
}
