package io.holdfast.uapi;

import io.holdfast.sys.RequestDecoder.Argument;
import io.holdfast.uapi.PollUapi.pollfd;
import io.holdfast.uapi.ResourceUapi.rlimit;
import io.holdfast.uapi.SocketUapi.msghdr;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/** The constants that the arguments of calls on sockets are made of, and their structs in words. */
final class SocketNames {
  /** The bits of a socket's type that are a number, not flags ({@code SOCK_TYPE_MASK}). */
  private static final int TYPE_MASK = 0xf;

  private static final Constants EVENTS =
      Constants.bits(PollUapi.class, "POLLIN", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL");

  private static final Constants MESSAGE_FLAGS =
      Constants.bits(
          SocketUapi.class,
          "MSG_CTRUNC",
          "MSG_TRUNC",
          "MSG_DONTWAIT",
          "MSG_NOSIGNAL",
          "MSG_CMSG_CLOEXEC");

  private SocketNames() {}

  static Map<Argument, Constants> arguments() {
    return Map.of(
        Argument.SOCKET_DOMAIN,
        Constants.values(SocketUapi.class, "AF_UNIX"),
        Argument.SOCKET_TYPE,
        Constants.bitsAndField(
            TYPE_MASK,
            SocketUapi.class,
            "SOCK_STREAM",
            "SOCK_DGRAM",
            "SOCK_SEQPACKET",
            "SOCK_NONBLOCK",
            "SOCK_CLOEXEC"),
        Argument.ACCEPT_FLAGS,
        Constants.bits(SocketUapi.class, "SOCK_NONBLOCK", "SOCK_CLOEXEC"),
        Argument.SOCKET_OPTION,
        Constants.values(SocketUapi.class, "SO_TYPE", "SO_ERROR", "SO_PEERCRED"),
        Argument.MESSAGE_FLAGS,
        MESSAGE_FLAGS,
        Argument.SHUTDOWN_HOW,
        Constants.values(SocketUapi.class, "SHUT_RD", "SHUT_WR", "SHUT_RDWR"),
        Argument.RESOURCE,
        Constants.values(ResourceUapi.class, "RLIMIT_NOFILE"));
  }

  static Map<String, String> message(MemorySegment message) {
    if (message.byteSize() < msghdr.LAYOUT.size()) {
      return Map.of();
    }
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("msg_namelen", Integer.toUnsignedString(msghdr.msg_namelen.get(message)));
    fields.put("msg_iovlen", Long.toUnsignedString(msghdr.msg_iovlen.get(message)));
    fields.put("msg_controllen", Long.toUnsignedString(msghdr.msg_controllen.get(message)));
    fields.put("msg_flags", MESSAGE_FLAGS.text(msghdr.msg_flags.get(message)));
    return fields;
  }

  static Map<String, String> pollfd(MemorySegment poll) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("fd", Integer.toString(pollfd.fd.get(poll)));
    fields.put("events", EVENTS.text(pollfd.events.get(poll)));
    fields.put("revents", EVENTS.text(pollfd.revents.get(poll)));
    return fields;
  }

  static Map<String, String> rlimit(MemorySegment limit) {
    if (limit.byteSize() < rlimit.LAYOUT.size()) {
      return Map.of();
    }
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("rlim_cur", Long.toUnsignedString(rlimit.rlim_cur.get(limit)));
    fields.put("rlim_max", Long.toUnsignedString(rlimit.rlim_max.get(limit)));
    return fields;
  }
}
