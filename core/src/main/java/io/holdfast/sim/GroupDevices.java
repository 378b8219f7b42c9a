package io.holdfast.sim;

import io.holdfast.sys.Errno;

/**
 * How often a legacy group has a device open: any number of descriptors share one, and only the
 * first opening and the last closing concern the device, and the group that it holds meanwhile.
 */
final class GroupDevices {
  private final PciFunction function;
  private OpenDevice device;
  private VfioGroupFile holder;
  private int count;

  GroupDevices(PciFunction function) {
    this.function = function;
  }

  /** {@code group} is held if it is the first opening; null where nothing is to be held. */
  void open(VfioGroupFile group) {
    if (count == 0) {
      holder = group;
      if (holder != null) {
        holder.countDevice(1);
        holder.hold();
      }
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
      if (holder != null) {
        holder.countDevice(-1);
        holder.put();
        holder = null;
      }
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
