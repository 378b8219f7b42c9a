package io.holdfast.sys;

import static io.holdfast.uapi.SocketUapi.AF_UNIX;
import static io.holdfast.uapi.SocketUapi.MSG_DONTWAIT;
import static io.holdfast.uapi.SocketUapi.SHUT_RDWR;
import static io.holdfast.uapi.SocketUapi.SOCK_CLOEXEC;
import static io.holdfast.uapi.SocketUapi.SOCK_SEQPACKET;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.uapi.PollUapi;
import io.holdfast.uapi.PollUapi.pollfd;
import io.holdfast.uapi.Requests;
import io.holdfast.uapi.SocketUapi.msghdr;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What a trace shows of the calls on sockets, on the running kernel. */
class TracingSocketCallsTest {
  private final StringWriter out = new StringWriter();
  private final TracingSyscalls traced =
      new TracingSyscalls(NativeSyscalls.open(), new Requests(), out);
  private final Arena arena = Arena.ofAuto();

  @Test
  void showsSocketsByTheNamesOfTheHeaders() {
    int[] pair = new int[2];
    assertThat(traced.socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)).isZero();
    MemorySegment message = arena.allocate(msghdr.LAYOUT.size(), 8);
    traced.recvmsg(pair[0], message, MSG_DONTWAIT);
    MemorySegment poll = arena.allocate(pollfd.LAYOUT.size(), 4);
    pollfd.fd.set(poll, pair[0]);
    pollfd.events.set(poll, PollUapi.POLLIN);
    traced.shutdown(pair[1], SHUT_RDWR);
    traced.poll(poll, 0);
    traced.close(pair[0]);
    traced.close(pair[1]);
    assertThat(out.toString().lines())
        .containsExactly(
            "socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0, [%d, %d]) = 0"
                .formatted(pair[0], pair[1]),
            "recvmsg(%d, {msg_namelen=0, msg_iovlen=0, msg_controllen=0, msg_flags=0}, MSG_DONTWAIT)"
                    .formatted(pair[0])
                + " = -1 EAGAIN (Resource temporarily unavailable)",
            "shutdown(%d, SHUT_RDWR) = 0".formatted(pair[1]),
            "poll([{fd=%d, events=POLLIN, revents=POLLIN|POLLHUP}], 1, 0) = 1".formatted(pair[0]),
            "close(%d) = 0".formatted(pair[0]),
            "close(%d) = 0".formatted(pair[1]));
  }

  @Test
  void showsLimits() {
    MemorySegment limit = arena.allocate(16, 8);
    traced.getrlimit(7, limit);
    assertThat(out.toString()).startsWith("getrlimit(RLIMIT_NOFILE, {rlim_cur=");
  }
}
