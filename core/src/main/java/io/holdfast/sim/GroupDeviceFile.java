package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_BIND_IOMMUFD;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_device_bind_iommufd;
import java.lang.foreign.MemorySegment;

/** A device that a legacy group has opened: it has no iommufd, and cannot be given one. */
final class GroupDeviceFile extends AnonymousFile implements DeviceFile {
  private final GroupDevices devices;

  /** {@code group} is what a device holds that was not open yet; null for nothing. */
  GroupDeviceFile(GroupDevices devices, VfioGroupFile group) {
    this.devices = devices;
    devices.open(group);
  }

  @Override
  public OpenDevice device() {
    return devices.device();
  }

  @Override
  void release() {
    devices.close();
  }

  @Override
  String describe() {
    return "anon_inode:[vfio-device]";
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (request == VFIO_DEVICE_BIND_IOMMUFD) {
      UserMemory.struct(argument, vfio_device_bind_iommufd.LAYOUT, 16);
      throw Failure.of(Errno.EINVAL);
    }
    return device().ioctl(caller, request, argument);
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, long argument) {
    return ioctl(caller, request, MemorySegment.NULL);
  }

  @Override
  long pread(MemorySegment buffer, long offset) {
    return device().pread(buffer, offset);
  }

  @Override
  long pwrite(MemorySegment buffer, long offset) {
    return device().pwrite(buffer, offset);
  }

  @Override
  void truncate(long length) {
    throw Failure.of(Errno.EINVAL);
  }
}
