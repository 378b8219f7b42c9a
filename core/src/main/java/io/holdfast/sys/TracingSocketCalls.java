package io.holdfast.sys;

import io.holdfast.sys.RequestDecoder.Argument;
import java.lang.foreign.MemorySegment;
import java.util.StringJoiner;

/** Traces the calls on sockets, on the process itself and on the kernel as a whole. */
abstract class TracingSocketCalls extends TraceLines {
  private static final int POLLFD_BYTES = 8;
  private static final int POLLFDS_SHOWN = 16;

  TracingSocketCalls(Syscalls delegate, RequestDecoder decoder, Appendable out) {
    super(delegate, decoder, out);
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    int answer = super.socket(domain, type, protocol);
    line(call("socket", kind(domain, type), protocol), answer);
    return answer;
  }

  @Override
  public int socketpair(int domain, int type, int protocol, int[] fds) {
    int answer = super.socketpair(domain, type, protocol, fds);
    String pair = answer < 0 ? "[]" : "[" + fds[0] + ", " + fds[1] + "]";
    line(call("socketpair", kind(domain, type), protocol, pair), answer);
    return answer;
  }

  private String kind(int domain, int type) {
    return name(Argument.SOCKET_DOMAIN, domain) + ", " + name(Argument.SOCKET_TYPE, type);
  }

  @Override
  public int bind(int fd, MemorySegment address) {
    int answer = super.bind(fd, address);
    line(call("bind", fd, bytes(address, address.byteSize()), address.byteSize()), answer);
    return answer;
  }

  @Override
  public int listen(int fd, int backlog) {
    int answer = super.listen(fd, backlog);
    line(call("listen", fd, backlog), answer);
    return answer;
  }

  @Override
  public int connect(int fd, MemorySegment address) {
    int answer = super.connect(fd, address);
    line(call("connect", fd, bytes(address, address.byteSize()), address.byteSize()), answer);
    return answer;
  }

  @Override
  public int accept4(int fd, int flags) {
    int answer = super.accept4(fd, flags);
    line(call("accept4", fd, "NULL", "NULL", name(Argument.ACCEPT_FLAGS, flags)), answer);
    return answer;
  }

  @Override
  public long sendmsg(int fd, MemorySegment message, int flags) {
    String sent = struct(decoder().message(message));
    long answer = super.sendmsg(fd, message, flags);
    line(call("sendmsg", fd, sent, name(Argument.MESSAGE_FLAGS, flags)), answer);
    return answer;
  }

  @Override
  public long recvmsg(int fd, MemorySegment message, int flags) {
    long answer = super.recvmsg(fd, message, flags);
    String received = struct(decoder().message(message));
    line(call("recvmsg", fd, received, name(Argument.MESSAGE_FLAGS, flags)), answer);
    return answer;
  }

  @Override
  public int shutdown(int fd, int how) {
    int answer = super.shutdown(fd, how);
    line(call("shutdown", fd, name(Argument.SHUTDOWN_HOW, how)), answer);
    return answer;
  }

  @Override
  public int getsockopt(int fd, int level, int option, MemorySegment value) {
    int answer = super.getsockopt(fd, level, option, value);
    String named = name(Argument.SOCKET_OPTION, option);
    line(call("getsockopt", fd, level, named, bytes(value, answer)), answer);
    return answer;
  }

  @Override
  public int poll(MemorySegment pollfds, int timeoutMillis) {
    int answer = super.poll(pollfds, timeoutMillis);
    long count = pollfds.byteSize() / POLLFD_BYTES;
    StringJoiner all = new StringJoiner(", ", "[", count > POLLFDS_SHOWN ? ", ...]" : "]");
    for (long i = 0; i < Math.min(count, POLLFDS_SHOWN); i++) {
      MemorySegment each = pollfds.asSlice(i * POLLFD_BYTES, POLLFD_BYTES);
      all.add(struct(decoder().pollfd(each)));
    }
    line(call("poll", all, count, timeoutMillis), answer);
    return answer;
  }

  @Override
  public int getrlimit(int resource, MemorySegment rlimit) {
    int answer = super.getrlimit(resource, rlimit);
    String limits = answer < 0 ? address(rlimit.address()) : struct(decoder().rlimit(rlimit));
    line(call("getrlimit", name(Argument.RESOURCE, resource), limits), answer);
    return answer;
  }

  @Override
  public int setrlimit(int resource, MemorySegment rlimit) {
    int answer = super.setrlimit(resource, rlimit);
    String limits = struct(decoder().rlimit(rlimit));
    line(call("setrlimit", name(Argument.RESOURCE, resource), limits), answer);
    return answer;
  }

  @Override
  public int pidfd_open(int pid, int flags) {
    int answer = super.pidfd_open(pid, flags);
    line(call("pidfd_open", pid, flags), answer);
    return answer;
  }

  @Override
  public int mbind(long address, long length, int mode, MemorySegment nodes, int flags) {
    int answer = super.mbind(address, length, mode, nodes, flags);
    line(
        call("mbind", address(address), length, mode, bytes(nodes, nodes.byteSize()), flags),
        answer);
    return answer;
  }

  @Override
  public int move_pages(MemorySegment pages, MemorySegment status) {
    int answer = super.move_pages(pages, status);
    line(call("move_pages", pages.byteSize() / Long.BYTES), answer);
    return answer;
  }

  @Override
  public int kexec_file_load(int kernelFd, int initrdFd, String commandLine, long flags) {
    int answer = super.kexec_file_load(kernelFd, initrdFd, commandLine, flags);
    String named = name(Argument.KEXEC_FILE_FLAGS, (int) flags);
    line(call("kexec_file_load", kernelFd, initrdFd, quoted(commandLine), named), answer);
    return answer;
  }

  @Override
  public int reboot(int command) {
    line(call("reboot", name(Argument.REBOOT_COMMAND, command)), 0); // It may not return.
    return super.reboot(command);
  }

  @Override
  public int geteuid() {
    int answer = super.geteuid();
    line(call("geteuid"), Integer.toUnsignedLong(answer));
    return answer;
  }
}
