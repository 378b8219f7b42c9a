package io.holdfast.linux;

import static io.holdfast.uapi.SocketUapi.AF_UNIX;
import static io.holdfast.uapi.SocketUapi.SCM_RIGHTS;
import static io.holdfast.uapi.SocketUapi.SOL_SOCKET;

import io.holdfast.uapi.SocketUapi.cmsghdr;
import io.holdfast.uapi.SocketUapi.iovec;
import io.holdfast.uapi.SocketUapi.msghdr;
import io.holdfast.uapi.UnUapi.sockaddr_un;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** The structs that sendmsg and recvmsg want, in native memory. */
final class UnixMessages {
  private static final long HEAD = cmsghdr.LAYOUT.size();
  private static final int MOST_CONTROL_MESSAGES = 16;

  private UnixMessages() {}

  /**
   * {@code struct sockaddr_un} of a path, or of an abstract name, which begins with @.
   *
   * @throws IllegalArgumentException if it is empty, too long or has a zero byte in it
   */
  static MemorySegment address(Arena arena, String address) {
    byte[] bytes = address.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0
        || bytes.length > UnixSocket.MAX_ADDRESS_BYTES
        || address.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "not the address of a Unix socket: \""
              + address.replace("\0", "\\0")
              + "\"; it has 1 to "
              + UnixSocket.MAX_ADDRESS_BYTES
              + " bytes");
    }
    boolean named = bytes[0] == '@';
    long path = sockaddr_un.sun_path.offset();
    MemorySegment segment = arena.allocate(path + bytes.length + (named ? 0 : 1), 2);
    sockaddr_un.sun_family.set(segment, AF_UNIX);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, path, bytes.length);
    if (named) {
      segment.set(ValueLayout.JAVA_BYTE, path, (byte) 0);
    }
    return segment;
  }

  private static MemorySegment header(Arena arena, MemorySegment bytes, MemorySegment control) {
    MemorySegment piece = arena.allocate(iovec.LAYOUT.size(), 8);
    iovec.iov_base.set(piece, bytes.address());
    iovec.iov_len.set(piece, bytes.byteSize());
    MemorySegment header = arena.allocate(msghdr.LAYOUT.size(), 8);
    msghdr.msg_iov.set(header, piece.address());
    msghdr.msg_iovlen.set(header, 1);
    msghdr.msg_control.set(header, control.byteSize() == 0 ? 0 : control.address());
    msghdr.msg_controllen.set(header, control.byteSize());
    return header;
  }

  /** A message with descriptors. */
  static MemorySegment outgoing(Arena arena, byte[] bytes, int... fds) {
    MemorySegment text = arena.allocate(Math.max(1, bytes.length)).asSlice(0, bytes.length);
    MemorySegment.copy(bytes, 0, text, ValueLayout.JAVA_BYTE, 0, bytes.length);
    MemorySegment control = MemorySegment.NULL;
    if (fds.length > 0) {
      control = arena.allocate(space(fds.length), 8);
      cmsghdr.cmsg_len.set(control, HEAD + (long) fds.length * Integer.BYTES);
      cmsghdr.cmsg_level.set(control, SOL_SOCKET);
      cmsghdr.cmsg_type.set(control, SCM_RIGHTS);
      MemorySegment.copy(fds, 0, control, ValueLayout.JAVA_INT, HEAD, fds.length);
    }
    return header(arena, text, control);
  }

  /** Gives a message its address. */
  static void addressTo(Arena arena, MemorySegment message, String address) {
    MemorySegment to = address(arena, address);
    msghdr.msg_name.set(message, to.address());
    msghdr.msg_namelen.set(message, (int) to.byteSize());
  }

  /** {@code CMSG_SPACE} of so many descriptors. */
  private static long space(int descriptors) {
    return HEAD + (((long) descriptors * Integer.BYTES + 7) & -8);
  }

  /** Room for a message, and what has come into it. */
  static final class Incoming {
    private final MemorySegment bytes;
    private final MemorySegment control;
    private final MemorySegment header;

    Incoming(Arena arena, int mostBytes, int mostDescriptors) {
      bytes = arena.allocate(Math.max(1, mostBytes)).asSlice(0, mostBytes);
      control =
          mostDescriptors == 0 ? MemorySegment.NULL : arena.allocate(space(mostDescriptors), 8);
      header = UnixMessages.header(arena, bytes, control);
    }

    MemorySegment header() {
      return header;
    }

    UnixMessage message(long answer) {
      if (answer < 0) {
        return new UnixMessage(answer, new byte[0], new int[0], 0);
      }
      return new UnixMessage(
          answer,
          bytes.asSlice(0, answer).toArray(ValueLayout.JAVA_BYTE),
          descriptors(),
          msghdr.msg_flags.get(header));
    }

    private int[] descriptors() {
      long length = Math.min(msghdr.msg_controllen.get(header), control.byteSize());
      int[] fds = new int[0];
      long at = 0;
      for (int i = 0; i < MOST_CONTROL_MESSAGES && at + HEAD <= length; i++) {
        MemorySegment message = control.asSlice(at);
        long messageLength = Math.min(cmsghdr.cmsg_len.get(message), length - at);
        if (cmsghdr.cmsg_level.get(message) == SOL_SOCKET
            && cmsghdr.cmsg_type.get(message) == SCM_RIGHTS
            && messageLength > HEAD) {
          long count = (messageLength - HEAD) / Integer.BYTES;
          fds = message.asSlice(HEAD, count * Integer.BYTES).toArray(ValueLayout.JAVA_INT);
        }
        at += Math.max(HEAD, (messageLength + 7) & -8);
      }
      return fds;
    }
  }
}
