package io.holdfast.sim;

import io.holdfast.sys.Errno;

/**
 * How often a legacy group has a device open: any number of descriptors share one, and only the
 * first opening and the last closing concern the device.
 */
final class GroupDevices {
  private final PciFunction function;
  private OpenDevice device;
  private int count;

  GroupDevices(PciFunction function) {
    this.function = function;
  }

  void open() {
    if (count == 0) {
      device = new OpenDevice(function);
      function.vfToken().count(1);
    }
    count++;
  }

  void close() {
    count--;
    if (count == 0) {
      device.close();
      device = null;
      function.vfToken().count(-1);
    }
  }

  boolean areOpen() {
    return count > 0;
  }

  OpenDevice device() {
    if (device == null) {
      throw Failure.of(Errno.EINVAL);
    }
    return device;
  }
}
