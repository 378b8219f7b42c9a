package io.holdfast.sim;

import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.MemorySegment;

/**
 * A character device's number. Linux hands out most of them as drivers come; here they are fixed.
 *
 * @param major the driver
 * @param minor the device
 */
record DeviceNumbers(int major, int minor) {
  static final DeviceNumbers NULL = new DeviceNumbers(1, 3);
  static final DeviceNumbers IOMMU = new DeviceNumbers(10, 261);
  static final DeviceNumbers LIVEUPDATE = new DeviceNumbers(10, 260);
  static final DeviceNumbers VFIO = new DeviceNumbers(10, 196);
  private static final int VFIO_GROUPS = 510;
  private static final int VFIO_DEVICES = 511;

  static DeviceNumbers device(PciFunction function) {
    return new DeviceNumbers(VFIO_DEVICES, function.vfioIndex());
  }

  static DeviceNumbers group(PciFunction function) {
    return new DeviceNumbers(VFIO_GROUPS, function.vfioIndex());
  }

  /** As sysfs writes it. */
  @Override
  public String toString() {
    return major + ":" + minor;
  }

  void fill(MemorySegment status) {
    statx.stx_rdev_major.set(status, major);
    statx.stx_rdev_minor.set(status, minor);
  }
}
