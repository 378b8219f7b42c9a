package io.holdfast.uapi;

import io.holdfast.sys.RequestDecoder;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The table of all ioctl requests that Holdfast makes, by which a trace is written and an error
 * named. Immutable and thread-safe.
 */
public final class Requests implements RequestDecoder {
  private static final Map<Long, Request> ALL = new LinkedHashMap<>();

  static {
    IommufdRequests.table().forEach(Requests::add);
    VfioRequests.table().forEach(Requests::add);
    LiveupdateRequests.table().forEach(Requests::add);
  }

  private static void add(Request request) {
    if (ALL.put(request.number(), request) != null) {
      throw new IllegalStateException(request + " has the number of another request");
    }
  }

  /** All requests, in the order of their headers. */
  public static Collection<Request> all() {
    return Collections.unmodifiableCollection(ALL.values());
  }

  /** The request with this number, if Holdfast knows it. */
  public static Optional<Request> find(long number) {
    return Optional.ofNullable(ALL.get(number));
  }

  @Override
  public String request(long number) {
    Request request = ALL.get(number);
    return request == null ? "0x" + Long.toHexString(number) : request.name();
  }

  @Override
  public Map<String, String> fields(long number, MemorySegment argument) {
    Request request = ALL.get(number);
    return request == null ? Map.of() : request.fields(argument);
  }

  @Override
  public Map<String, String> statx(MemorySegment statx) {
    return ArgumentNames.statx(statx);
  }

  @Override
  public Map<String, String> message(MemorySegment msghdr) {
    return SocketNames.message(msghdr);
  }

  @Override
  public Map<String, String> pollfd(MemorySegment pollfd) {
    return SocketNames.pollfd(pollfd);
  }

  @Override
  public Map<String, String> rlimit(MemorySegment rlimit) {
    return SocketNames.rlimit(rlimit);
  }

  @Override
  public String name(Argument argument, long value) {
    return ArgumentNames.of(argument).text(value);
  }

  @Override
  public Argument fcntlArgument(int command, boolean answer) {
    return switch (command) {
      case FcntlUapi.F_ADD_SEALS -> answer ? null : Argument.SEALS;
      case FcntlUapi.F_GET_SEALS -> answer ? Argument.SEALS : null;
      case FcntlUapi.F_SETFD -> answer ? null : Argument.DESCRIPTOR_FLAGS;
      case FcntlUapi.F_GETFD -> answer ? Argument.DESCRIPTOR_FLAGS : null;
      case FcntlUapi.F_GETFL -> answer ? Argument.OPEN_FLAGS : null;
      default -> null;
    };
  }
}
