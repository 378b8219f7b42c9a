package io.holdfast.sim;

/** An open file of a device: one that BARs can be mapped from. */
interface DeviceFile {
  /**
   * The device.
   *
   * @throws Failure with EINVAL if the file does not give access to it yet
   */
  OpenDevice device();
}
