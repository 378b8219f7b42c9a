package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.SocketUapi;
import io.holdfast.uapi.UnUapi.sockaddr_un;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * The address of a Unix socket.
 *
 * @param isAbstract whether it is a name in the kernel only, not a path
 * @param name the path, or the abstract name's bytes, each as one character
 */
record SocketAddress(boolean isAbstract, String name) {
  /** Reads a {@code struct sockaddr_un} of as many bytes as the segment has. */
  static SocketAddress of(MemorySegment address) {
    long path = sockaddr_un.sun_path.offset();
    if (address.byteSize() <= path
        || address.byteSize() > sockaddr_un.LAYOUT.size()
        || sockaddr_un.sun_family.get(address) != SocketUapi.AF_UNIX) {
      throw Failure.of(Errno.EINVAL);
    }
    byte[] bytes = address.asSlice(path).toArray(ValueLayout.JAVA_BYTE);
    if (bytes[0] == 0) {
      return new SocketAddress(
          true, new String(bytes, 1, bytes.length - 1, StandardCharsets.ISO_8859_1));
    }
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new SocketAddress(false, new String(bytes, 0, length, StandardCharsets.UTF_8));
  }
}
