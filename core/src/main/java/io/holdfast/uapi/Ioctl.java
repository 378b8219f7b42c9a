package io.holdfast.uapi;

/** Request numbers as {@code include/uapi/asm-generic/ioctl.h} composes them. */
final class Ioctl {
  private Ioctl() {}

  /**
   * {@code _IO(type, nr)}: no direction, no size; how iommufd, VFIO and live update number all
   * their requests.
   */
  static long _IO(int type, int nr) {
    return ((long) type << 8) | nr;
  }
}
