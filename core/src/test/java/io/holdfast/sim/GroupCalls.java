package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.VfioUapi.vfio_group_status;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The requests of legacy groups and containers in one line each. */
final class GroupCalls {
  private final Supplier<Syscalls> kernel;

  GroupCalls(Supplier<Syscalls> kernel) {
    this.kernel = kernel;
  }

  /** The node of the group that vfio has made for a device without an IOMMU. */
  String path(String device) {
    List<String> link = new ArrayList<>();
    String group = "/sys/bus/pci/devices/" + device + "/iommu_group";
    assertThat(kernel.get().readLink(group, link)).isPositive();
    String target = link.getFirst();
    return "/dev/vfio/noiommu-" + target.substring(target.lastIndexOf('/') + 1);
  }

  int open(String path) {
    return kernel.get().open(path, FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0);
  }

  int extension(int container, long type) {
    return kernel.get().ioctl(container, VFIO_CHECK_EXTENSION, type);
  }

  int type(int container, long type) {
    return kernel.get().ioctl(container, VFIO_SET_IOMMU, type);
  }

  int set(int group, int container) {
    MemorySegment number = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_INT, container);
    return kernel.get().ioctl(group, VFIO_GROUP_SET_CONTAINER, number);
  }

  int unset(int group) {
    return kernel.get().ioctl(group, VFIO_GROUP_UNSET_CONTAINER, 0);
  }

  int device(int group, String name) {
    return kernel.get().ioctl(group, VFIO_GROUP_GET_DEVICE_FD, Arena.ofAuto().allocateFrom(name));
  }

  /** The flags of the status. */
  int status(int group) {
    MemorySegment status = Arena.ofAuto().allocate(vfio_group_status.LAYOUT.size(), 8);
    vfio_group_status.argsz.set(status, (int) status.byteSize());
    assertThat(kernel.get().ioctl(group, VFIO_GROUP_GET_STATUS, status)).isZero();
    return vfio_group_status.flags.get(status);
  }
}
