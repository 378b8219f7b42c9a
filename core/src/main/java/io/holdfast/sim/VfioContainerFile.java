package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.sys.Errno;
import java.lang.foreign.MemorySegment;

/** An open {@code /dev/vfio/vfio}. */
final class VfioContainerFile extends CharacterDeviceFile {
  private final VfioContainer container = new VfioContainer();

  VfioContainerFile() {
    super("/dev/vfio/vfio", 0666, DeviceNumbers.VFIO);
  }

  VfioContainer container() {
    return container;
  }

  @Override
  void release() {
    // Its groups keep the container.
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    return ioctl(caller, request, argument.address());
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, long argument) {
    if (request == VFIO_GET_API_VERSION) {
      return VFIO_API_VERSION;
    }
    if (request == VFIO_CHECK_EXTENSION) {
      return container.extension(argument);
    }
    if (request == VFIO_SET_IOMMU) {
      container.setType(caller, argument);
      return 0;
    }
    throw Failure.of(container.hasType() ? Errno.ENOTTY : Errno.EINVAL);
  }
}
