package io.holdfast.sim;

import io.holdfast.sys.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * VFIO_DEVICE_FEATURE: migration, dirty tracking, power management and dma-buf, of which none is
 * simulated. Each is refused as Linux 7.3 refuses it for QEMU's edu, but that there a request to
 * enter or leave the low-power state, or to probe for that, works.
 */
final class DeviceFeatures {
  static final long VFIO_DEVICE_FEATURE = 0x3b75;

  private static final int HEADER_BYTES = 8;
  private static final int FEATURE_MASK = 0xffff;
  private static final int GET = 1 << 16;
  private static final int SET = 1 << 17;
  private static final int PROBE = 1 << 18;
  private static final int LOW_POWER_ENTRY = 3;
  private static final int LOW_POWER_EXIT = 5;

  private static final int MIG_PRECOPY_INFO_V2 = 12;

  private DeviceFeatures() {}

  /** What a request fails with. */
  static Failure refusal(MemorySegment argument) {
    if (argument.byteSize() < HEADER_BYTES) {
      return Failure.of(Errno.EFAULT);
    }
    int flags = argument.get(ValueLayout.JAVA_INT_UNALIGNED, Integer.BYTES);
    boolean probes = (flags & PROBE) != 0;
    boolean unknown = (flags & ~(FEATURE_MASK | GET | SET | PROBE)) != 0;
    boolean both = (flags & GET) != 0 && (flags & SET) != 0;
    long argsz = Integer.toUnsignedLong(argument.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
    if (argsz < HEADER_BYTES || unknown || (both && !probes)) {
      return Failure.of(Errno.EINVAL);
    }
    int feature = flags & FEATURE_MASK;
    boolean lowPower = feature >= LOW_POWER_ENTRY && feature <= LOW_POWER_EXIT;
    boolean neither = (flags & (SET | PROBE)) == 0;
    return Failure.of(
        feature == MIG_PRECOPY_INFO_V2 || (lowPower && neither) ? Errno.EINVAL : Errno.ENOTTY);
  }
}
