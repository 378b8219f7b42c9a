package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.SocketUapi;
import io.holdfast.uapi.SocketUapi.cmsghdr;
import io.holdfast.uapi.SocketUapi.iovec;
import io.holdfast.uapi.SocketUapi.msghdr;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** A {@code struct msghdr} in a process's memory, and what it points to. */
final class SocketMessage {
  /** {@code SCM_MAX_FD} in {@code include/net/scm.h}. */
  private static final int MOST_DESCRIPTORS = 253;

  private static final int MOST_PIECES = 1024;
  private static final long MOST_BYTES = 1 << 20;

  private final MemorySegment header;

  SocketMessage(MemorySegment header) {
    if (header.byteSize() < msghdr.LAYOUT.size()) {
      throw Failure.of(Errno.EFAULT);
    }
    this.header = header;
  }

  /** The address in it; null if there is none. */
  SocketAddress address() {
    int length = msghdr.msg_namelen.get(header);
    return length <= 0 || msghdr.msg_name.get(header) == 0
        ? null
        : SocketAddress.of(UserMemory.at(msghdr.msg_name.get(header), length));
  }

  private List<MemorySegment> pieces() {
    long count = msghdr.msg_iovlen.get(header);
    if (count < 0 || count > MOST_PIECES) {
      throw Failure.of(Errno.EMSGSIZE);
    }
    List<MemorySegment> pieces = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      MemorySegment piece =
          UserMemory.at(msghdr.msg_iov.get(header) + i * iovec.LAYOUT.size(), iovec.LAYOUT.size());
      long length = iovec.iov_len.get(piece);
      if (length != 0) {
        pieces.add(UserMemory.at(iovec.iov_base.get(piece), length));
      }
    }
    return pieces;
  }

  /** The bytes to be sent. */
  byte[] bytes() {
    List<MemorySegment> pieces = pieces();
    long total = pieces.stream().mapToLong(MemorySegment::byteSize).sum();
    if (total > MOST_BYTES) {
      throw Failure.of(Errno.EMSGSIZE);
    }
    byte[] bytes = new byte[(int) total];
    int at = 0;
    for (MemorySegment piece : pieces) {
      MemorySegment.copy(piece, ValueLayout.JAVA_BYTE, 0, bytes, at, (int) piece.byteSize());
      at += (int) piece.byteSize();
    }
    return bytes;
  }

  /** The files of the descriptors to be sent. */
  List<OpenFile> files(Descriptors descriptors) {
    List<OpenFile> files = new ArrayList<>();
    long length = msghdr.msg_controllen.get(header);
    long head = cmsghdr.LAYOUT.size();
    if (length == 0 || msghdr.msg_control.get(header) == 0) {
      return files;
    }
    MemorySegment control = UserMemory.at(msghdr.msg_control.get(header), length);
    for (long at = 0; at + head <= length; ) {
      MemorySegment message = control.asSlice(at);
      long messageLength = cmsghdr.cmsg_len.get(message);
      if (messageLength < head || messageLength > length - at) {
        throw Failure.of(Errno.EINVAL);
      }
      if (cmsghdr.cmsg_level.get(message) == SocketUapi.SOL_SOCKET) {
        if (cmsghdr.cmsg_type.get(message) != SocketUapi.SCM_RIGHTS) {
          throw Failure.of(Errno.EINVAL);
        }
        long count = (messageLength - head) / Integer.BYTES;
        if (files.size() + count > MOST_DESCRIPTORS) {
          throw Failure.of(Errno.EINVAL);
        }
        for (long i = 0; i < count; i++) {
          int fd = message.get(ValueLayout.JAVA_INT_UNALIGNED, head + i * Integer.BYTES);
          files.add(descriptors.get(fd));
        }
      }
      at += align(messageLength);
    }
    return files;
  }

  private static long align(long length) {
    return (length + Long.BYTES - 1) & -Long.BYTES;
  }

  /** Puts a message into the memory of the process that received it; returns the bytes put. */
  long receive(byte[] bytes, List<OpenFile> files, Descriptors descriptors, boolean closeOnExec) {
    int at = 0;
    for (MemorySegment piece : pieces()) {
      int part = (int) Math.min(piece.byteSize(), bytes.length - at);
      MemorySegment.copy(bytes, at, piece, ValueLayout.JAVA_BYTE, 0, part);
      at += part;
    }
    int flags = at < bytes.length ? SocketUapi.MSG_TRUNC : 0;
    long head = cmsghdr.LAYOUT.size();
    long room = msghdr.msg_control.get(header) == 0 ? 0 : msghdr.msg_controllen.get(header);
    long most = room <= head ? 0 : Math.min((room - head) / Integer.BYTES, files.size());
    int installed = 0;
    MemorySegment control =
        most > 0 ? UserMemory.at(msghdr.msg_control.get(header), room) : MemorySegment.NULL;
    while (installed < most) {
      int fd;
      try {
        fd = descriptors.install(files.get(installed), closeOnExec);
      } catch (Failure full) {
        break;
      }
      control.set(ValueLayout.JAVA_INT_UNALIGNED, head + (long) installed * Integer.BYTES, fd);
      installed++;
    }
    long used = 0;
    if (installed > 0) {
      long length = head + (long) installed * Integer.BYTES;
      cmsghdr.cmsg_len.set(control, length);
      cmsghdr.cmsg_level.set(control, SocketUapi.SOL_SOCKET);
      cmsghdr.cmsg_type.set(control, SocketUapi.SCM_RIGHTS);
      used = Math.min(align(length), room);
    }
    if (installed < files.size()) {
      flags |= SocketUapi.MSG_CTRUNC;
    }
    finish(flags | (closeOnExec ? SocketUapi.MSG_CMSG_CLOEXEC : 0), used);
    return at;
  }

  /** Says what was received besides bytes. */
  void finish(int flags, long controlLength) {
    msghdr.msg_controllen.set(header, controlLength);
    msghdr.msg_flags.set(header, flags);
    msghdr.msg_namelen.set(header, 0);
  }
}
