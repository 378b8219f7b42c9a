package io.holdfast.cli.wrong;

import io.holdfast.VfioDevice;
import io.holdfast.drivers.edu.EduDriver;

/** Drives a device outside of the demonstration. */
final class DrivesADevice {
  private DrivesADevice() {}

  static EduDriver drive(VfioDevice device) {
    return new EduDriver(device);
  }
}
