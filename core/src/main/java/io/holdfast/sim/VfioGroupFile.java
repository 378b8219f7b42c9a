package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_group_status;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An open legacy group, {@code /dev/vfio/noiommu-N} ({@code drivers/vfio/group.c}): while it is
 * open the device cannot be bound to an iommufd. Devices that it has opened through a container
 * hold it open.
 */
final class VfioGroupFile extends CharacterDeviceFile {
  private final PciFunction function;

  /** What it is in: a container, or an iommufd in the place of one; at most one of them. */
  private VfioContainer container;

  private IommufdFile iommufd;

  /** How many of its devices are open through the container. */
  private int containerUsers;

  VfioGroupFile(PciFunction function) {
    super("/dev/vfio/" + function.groupName(), 0600, DeviceNumbers.group(function));
    this.function = function;
    function.countGroupOpener(1);
  }

  PciFunction function() {
    return function;
  }

  @Override
  void release() {
    if (isInContainer()) {
      leave();
    }
    function.countGroupOpener(-1);
  }

  /** Its device was opened through its container (1) or closed (-1). */
  void countDevice(int change) {
    containerUsers += change;
  }

  private boolean isInContainer() {
    return container != null || iommufd != null;
  }

  private void leave() {
    if (container != null) {
      container.detach();
      container = null;
    } else {
      iommufd.put();
      iommufd = null;
    }
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (request == VFIO_GROUP_GET_STATUS) {
      status(argument);
    } else if (request == VFIO_GROUP_SET_CONTAINER) {
      setContainer(caller, argument);
    } else if (request == VFIO_GROUP_UNSET_CONTAINER) {
      unsetContainer();
    } else if (request == VFIO_GROUP_GET_DEVICE_FD) {
      return openDevice(caller, argument);
    } else {
      throw Failure.of(Errno.ENOTTY);
    }
    return 0;
  }

  private void status(MemorySegment argument) {
    UserMemory.vfio(argument, vfio_group_status.LAYOUT.size());
    int set = isInContainer() ? VFIO_GROUP_FLAGS_CONTAINER_SET : 0;
    vfio_group_status.flags.set(argument, VFIO_GROUP_FLAGS_VIABLE | set);
  }

  private void setContainer(SimulatedProcess caller, MemorySegment argument) {
    UserMemory.requireSize(argument);
    OpenFile file = caller.descriptors().get(argument.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
    if (isInContainer()) {
      throw Failure.of(Errno.EINVAL);
    }
    switch (file) {
      case VfioContainerFile opened -> {
        opened.container().attach(caller, !function.isBehindIommu());
        container = opened.container();
      }
      case IommufdFile opened when !function.isBehindIommu() -> {
        opened.compatibility().withoutIommu();
        opened.hold();
        iommufd = opened;
      }
      default -> throw Failure.of(Errno.EBADFD);
    }
  }

  private void unsetContainer() {
    if (!isInContainer()) {
      throw Failure.of(Errno.EINVAL);
    }
    if (containerUsers > 0) {
      throw Failure.of(Errno.EBUSY);
    }
    leave();
  }

  private int openDevice(SimulatedProcess caller, MemorySegment argument) {
    DeviceName.of(argument).check(function);
    caller.descriptors().reserve();
    boolean first = !function.groupDevices().areOpen();
    boolean lacksType = container != null && !container.hasType();
    if (!isInContainer() || (first && lacksType)) {
      throw Failure.of(Errno.EINVAL);
    }
    if (first && !caller.credentials().has(Credentials.CAP_SYS_RAWIO)) {
      throw Failure.of(Errno.EPERM);
    }
    // An iommufd does not keep count of who uses it: the group may be closed before the device.
    VfioGroupFile held = container == null ? null : this;
    GroupDeviceFile opened = new GroupDeviceFile(function.groupDevices(), held);
    return caller.descriptors().install(opened, true);
  }
}
