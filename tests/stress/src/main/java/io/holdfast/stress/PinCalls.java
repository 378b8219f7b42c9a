package io.holdfast.stress;

import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.VfioUapi;
import java.lang.foreign.MemorySegment;

/** System calls that tell a slot when the kernel begins to pin and unpin its buffer. */
final class PinCalls extends ForwardingSyscalls {
  private static final ThreadLocal<Slot> ACTING = new ThreadLocal<>();

  PinCalls(Syscalls process) {
    super(process);
  }

  /** What this thread does from now on is about this slot. */
  static void actFor(Slot slot) {
    ACTING.set(slot);
  }

  @Override
  public int ioctl(int fd, long request, MemorySegment argument) {
    Slot slot = ACTING.get();
    if (slot != null) {
      if (request == VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT
          || request == IommufdUapi.IOMMU_IOAS_MAP_FILE) {
        slot.pin();
      } else if (request == IommufdUapi.IOMMU_IOAS_UNMAP) {
        slot.unpin();
      }
    }
    return super.ioctl(fd, request, argument);
  }

  /** The session closes no descriptor but a device's while a test runs. */
  @Override
  public int close(int fd) {
    Slot slot = ACTING.get();
    if (slot != null) {
      slot.unpin();
    }
    return super.close(fd);
  }
}
