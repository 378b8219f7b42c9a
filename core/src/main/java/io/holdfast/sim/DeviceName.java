package io.holdfast.sim;

import io.holdfast.sys.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The name that a group is asked for a device by, and a VF token behind it ({@code
 * vfio_pci_core_match} in {@code drivers/vfio/pci/vfio_pci_core.c}).
 */
final class DeviceName {
  private static final String TOKEN = "vf_token=";
  private static final int UUID_LENGTH = 36;
  private static final int MOST_BYTES = PhysicalMemory.PAGE_BYTES;

  private final String text;

  private DeviceName(String text) {
    this.text = text;
  }

  /** The string behind a pointer; EFAULT where it is none, EINVAL where it is too long. */
  static DeviceName of(MemorySegment argument) {
    if (argument.address() == 0) {
      throw Failure.of(Errno.EFAULT);
    }
    for (int length = 0; length < MOST_BYTES; length++) {
      if (length == argument.byteSize()) {
        throw Failure.of(Errno.EFAULT);
      }
      if (argument.get(ValueLayout.JAVA_BYTE, length) == 0) {
        byte[] bytes = argument.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        return new DeviceName(new String(bytes, StandardCharsets.ISO_8859_1));
      }
    }
    throw Failure.of(Errno.EINVAL);
  }

  /** Fails unless it is the function's name, with the token that this has to be opened with. */
  void check(PciFunction function) {
    String address = function.address().toString();
    boolean bare = text.length() == address.length();
    if (!text.startsWith(address) || !(bare || text.charAt(address.length()) == ' ')) {
      throw Failure.of(Errno.ENODEV);
    }
    String options = text.substring(address.length()).strip();
    function.vfToken().check(options.isEmpty() ? null : token(options));
  }

  private static byte[] token(String option) {
    if (!option.startsWith(TOKEN) || option.length() != TOKEN.length() + UUID_LENGTH) {
      throw Failure.of(Errno.EINVAL);
    }
    try {
      UUID uuid = UUID.fromString(option.substring(TOKEN.length()));
      return ByteBuffer.allocate(2 * Long.BYTES)
          .putLong(uuid.getMostSignificantBits())
          .putLong(uuid.getLeastSignificantBits())
          .array();
    } catch (IllegalArgumentException e) {
      throw Failure.of(Errno.EINVAL);
    }
  }
}
