package io.holdfast.sim;

import static io.holdfast.uapi.SocketUapi.AF_UNIX;
import static io.holdfast.uapi.SocketUapi.MSG_CMSG_CLOEXEC;
import static io.holdfast.uapi.SocketUapi.MSG_DONTWAIT;
import static io.holdfast.uapi.SocketUapi.MSG_NOSIGNAL;
import static io.holdfast.uapi.SocketUapi.SCM_RIGHTS;
import static io.holdfast.uapi.SocketUapi.SOL_SOCKET;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.PollUapi.pollfd;
import io.holdfast.uapi.SocketUapi.cmsghdr;
import io.holdfast.uapi.SocketUapi.iovec;
import io.holdfast.uapi.SocketUapi.msghdr;
import io.holdfast.uapi.UnUapi.sockaddr_un;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Messages with descriptors, put together for a test that wants to see every field. */
final class SocketCallsForTests {
  private final Syscalls kernel;
  private final Arena arena = Arena.ofAuto();

  /** What the last {@link #receive} has put into the header, and the descriptors that came. */
  int flags;

  int[] received = {};
  String text = "";

  SocketCallsForTests(Syscalls kernel) {
    this.kernel = kernel;
  }

  /** An address by path, or with a leading @ an abstract one. */
  MemorySegment address(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    boolean named = bytes[0] == '@';
    MemorySegment address =
        arena.allocate(sockaddr_un.sun_path.offset() + bytes.length + (named ? 0 : 1));
    sockaddr_un.sun_family.set(address, AF_UNIX);
    MemorySegment.copy(
        bytes, 0, address, ValueLayout.JAVA_BYTE, sockaddr_un.sun_path.offset(), bytes.length);
    if (named) {
      address.set(ValueLayout.JAVA_BYTE, sockaddr_un.sun_path.offset(), (byte) 0);
    }
    return address;
  }

  private MemorySegment header(MemorySegment bytes, MemorySegment control) {
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

  /** A message of this type, with descriptors. */
  MemorySegment message(String bytes, int type, int... fds) {
    MemorySegment control = MemorySegment.NULL;
    if (fds.length > 0) {
      long head = cmsghdr.LAYOUT.size();
      long length = head + 4L * fds.length;
      control = arena.allocate((length + 7) & -8, 8);
      cmsghdr.cmsg_len.set(control, length);
      cmsghdr.cmsg_level.set(control, SOL_SOCKET);
      cmsghdr.cmsg_type.set(control, type);
      MemorySegment.copy(fds, 0, control, ValueLayout.JAVA_INT, head, fds.length);
    }
    MemorySegment text = arena.allocate(Math.max(1, bytes.length()));
    MemorySegment.copy(
        bytes.getBytes(StandardCharsets.US_ASCII),
        0,
        text,
        ValueLayout.JAVA_BYTE,
        0,
        bytes.length());
    return header(text.asSlice(0, bytes.length()), control);
  }

  long send(int socket, String bytes, int... fds) {
    return kernel.sendmsg(socket, message(bytes, SCM_RIGHTS, fds), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  long sendTo(int socket, String address, String bytes, int... fds) {
    MemorySegment message = message(bytes, SCM_RIGHTS, fds);
    MemorySegment to = address(address);
    msghdr.msg_name.set(message, to.address());
    msghdr.msg_namelen.set(message, (int) to.byteSize());
    return kernel.sendmsg(socket, message, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  /** Receives without waiting, with room for so many bytes, and of control messages too. */
  long receive(int socket, int bytes, int controlBytes) {
    MemorySegment text = arena.allocate(Math.max(1, bytes)).asSlice(0, bytes);
    MemorySegment control = arena.allocate(Math.max(8, controlBytes), 8).asSlice(0, controlBytes);
    MemorySegment header = header(text, control);
    long answer = kernel.recvmsg(socket, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    received = new int[0];
    this.text = "";
    if (answer >= 0) {
      flags = msghdr.msg_flags.get(header);
      this.text =
          new String(
              text.asSlice(0, answer).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
      if (msghdr.msg_controllen.get(header) > 0) {
        long head = cmsghdr.LAYOUT.size();
        int count = (int) ((cmsghdr.cmsg_len.get(control) - head) / 4);
        received = control.asSlice(head, 4L * count).toArray(ValueLayout.JAVA_INT);
      }
    }
    return answer;
  }

  /** What poll itself returns. */
  int await(int fd, int events, int timeoutMillis) {
    MemorySegment each = arena.allocate(pollfd.LAYOUT.size(), 4);
    pollfd.fd.set(each, fd);
    pollfd.events.set(each, events);
    return kernel.poll(each, timeoutMillis);
  }

  /** What poll finds of one descriptor, not waiting; -1 for a failure. */
  int poll(int fd, int events) {
    MemorySegment each = arena.allocate(pollfd.LAYOUT.size(), 4);
    pollfd.fd.set(each, fd);
    pollfd.events.set(each, events);
    return kernel.poll(each, 0) < 0 ? -1 : pollfd.revents.get(each);
  }
}
