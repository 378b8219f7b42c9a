package io.holdfast.sim;

import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.MemorySegment;

/**
 * An open legacy group, {@code /dev/vfio/noiommu-N}: while it is open the device cannot be bound to
 * an iommufd. Its requests, which give access without an IOAS, are not simulated (ENOTTY).
 */
final class VfioGroupFile extends OpenFile {
  private final PciFunction function;

  VfioGroupFile(PciFunction function) {
    this.function = function;
    function.countGroupOpener(1);
  }

  @Override
  void release() {
    function.countGroupOpener(-1);
  }

  @Override
  String describe() {
    return "/dev/vfio/noiommu-" + function.vfioIndex();
  }

  @Override
  int accessMode() {
    return FcntlUapi.O_RDWR;
  }

  @Override
  void stat(MemorySegment statx) {
    FileStatus.fill(statx, StatUapi.S_IFCHR | 0600, 1, 0, 0, 0);
  }
}
