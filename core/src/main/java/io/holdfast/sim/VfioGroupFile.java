package io.holdfast.sim;

import io.holdfast.sys.Errno;
import java.lang.foreign.MemorySegment;

/**
 * An open legacy group, {@code /dev/vfio/noiommu-N}: while it is open the device cannot be bound to
 * an iommufd. Its requests, which give access without an IOAS, are not simulated (ENOTTY).
 */
final class VfioGroupFile extends CharacterDeviceFile {
  private static final long VFIO_GROUP_GET_STATUS = 0x3b67;
  private static final long VFIO_GROUP_SET_CONTAINER = 0x3b68;
  private static final long VFIO_GROUP_UNSET_CONTAINER = 0x3b69;
  private static final long VFIO_GROUP_GET_DEVICE_FD = 0x3b6a;

  private final PciFunction function;

  VfioGroupFile(PciFunction function) {
    super("/dev/vfio/" + function.groupName(), 0600, DeviceNumbers.group(function));
    this.function = function;
    function.countGroupOpener(1);
  }

  @Override
  void release() {
    function.countGroupOpener(-1);
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (request == VFIO_GROUP_UNSET_CONTAINER) {
      throw Failure.of(Errno.EINVAL); // It never has one.
    }
    boolean takesPointer =
        request == VFIO_GROUP_GET_STATUS
            || request == VFIO_GROUP_SET_CONTAINER
            || request == VFIO_GROUP_GET_DEVICE_FD;
    throw Failure.of(takesPointer && argument.address() == 0 ? Errno.EFAULT : Errno.ENOTTY);
  }
}
