package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi;
import io.holdfast.uapi.VfioUapi.vfio_device_bind_iommufd;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The secret that a physical function's driver and those of its virtual ones share ({@code
 * vfio_pci_validate_vf_token} in {@code drivers/vfio/pci/vfio_pci_core.c}). Held as long as
 * vfio-pci has the function.
 */
final class VfToken {
  private static final int BYTES = 16;

  private final PciFunction function;

  /** Of a physical function; null, which matches nothing, until somebody sets one. */
  private byte[] secret;

  /** Of a physical function: how many of its virtual ones are open. */
  private int users;

  VfToken(PciFunction function) {
    this.function = function;
  }

  /** Lets a device be bound with the token that a request has, or without. */
  void check(MemorySegment request) {
    byte[] given = null;
    if ((vfio_device_bind_iommufd.flags.get(request) & VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN) != 0) {
      long address = vfio_device_bind_iommufd.token_uuid_ptr.get(request);
      given = UserMemory.at(address, BYTES).toArray(ValueLayout.JAVA_BYTE);
    }
    check(given);
  }

  /** Lets a device be opened with a token, or without (null). */
  void check(byte[] given) {
    VfToken physical = function.physicalFunction();
    boolean ofVirtual = physical != null && physical.isVfio();
    if (!ofVirtual && !function.isPhysical()) {
      if (given != null) {
        throw Failure.of(Errno.EINVAL);
      }
    } else if (ofVirtual) {
      if (!Arrays.equals(given, physical.secret) || given == null) {
        throw Failure.of(Errno.EACCES);
      }
    } else if (users > 0) {
      if (!Arrays.equals(given, secret)) {
        throw Failure.of(Errno.EACCES);
      }
    } else if (given != null) {
      secret = given;
    }
  }

  /** The function has another driver, or none. */
  void forget() {
    secret = null;
  }

  private boolean isVfio() {
    return function.driver().equals(PciFunction.VFIO_PCI);
  }

  /** The device was opened (1) or closed (-1). */
  void count(int change) {
    VfToken physical = function.physicalFunction();
    if (physical != null && physical.isVfio()) {
      physical.users += change;
    }
  }
}
