package io.holdfast.sim;

import static io.holdfast.uapi.PollUapi.POLLHUP;
import static io.holdfast.uapi.PollUapi.POLLIN;
import static io.holdfast.uapi.PollUapi.POLLNVAL;
import static io.holdfast.uapi.PollUapi.POLLOUT;
import static io.holdfast.uapi.SocketUapi.AF_UNIX;
import static io.holdfast.uapi.SocketUapi.MSG_CTRUNC;
import static io.holdfast.uapi.SocketUapi.MSG_DONTWAIT;
import static io.holdfast.uapi.SocketUapi.MSG_NOSIGNAL;
import static io.holdfast.uapi.SocketUapi.MSG_TRUNC;
import static io.holdfast.uapi.SocketUapi.SCM_RIGHTS;
import static io.holdfast.uapi.SocketUapi.SHUT_WR;
import static io.holdfast.uapi.SocketUapi.SOCK_CLOEXEC;
import static io.holdfast.uapi.SocketUapi.SOCK_DGRAM;
import static io.holdfast.uapi.SocketUapi.SOCK_NONBLOCK;
import static io.holdfast.uapi.SocketUapi.SOCK_SEQPACKET;
import static io.holdfast.uapi.SocketUapi.SOL_SOCKET;
import static io.holdfast.uapi.SocketUapi.SO_PEERCRED;
import static io.holdfast.uapi.SocketUapi.SO_TYPE;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.SocketUapi.msghdr;
import io.holdfast.uapi.SocketUapi.ucred;
import io.holdfast.uapi.StatUapi.statx;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What Unix sockets do with messages and the descriptors in them, on either kernel. Needs no
 * device, so it runs on any Linux.
 */
class SocketContractTest {
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final int RIGHTS_OF_ONE = 24;

  private KernelUnderTest underTest;
  private Syscalls kernel;
  private SocketCallsForTests sockets;
  private final List<Integer> opened = new ArrayList<>();
  private final String name =
      "holdfast-test-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet();

  @BeforeEach
  void start() {
    underTest = KernelUnderTest.create();
    kernel = underTest.process();
    sockets = new SocketCallsForTests(kernel);
  }

  @AfterEach
  void end() {
    opened.reversed().forEach(kernel::close);
    kernel.unlink("/tmp/" + name);
    underTest.close();
  }

  private int keep(int fd) {
    assertThat(fd).describedAs("descriptor").isNotNegative();
    opened.add(fd);
    return fd;
  }

  private int socket(int type) {
    return keep(kernel.socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  }

  private int[] pair(int type) {
    int[] pair = new int[2];
    assertThat(kernel.socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair)).isZero();
    keep(pair[0]);
    keep(pair[1]);
    return pair;
  }

  private int listener(String address) {
    int listener = socket(SOCK_SEQPACKET | SOCK_NONBLOCK);
    ContractTest.ok(kernel.bind(listener, sockets.address(address)));
    ContractTest.ok(kernel.listen(listener, 4));
    return listener;
  }

  private int memfd() {
    return keep(kernel.memfd_create("passed", 0));
  }

  private String link(int fd) {
    List<String> target = new ArrayList<>();
    kernel.readLink("/proc/self/fd/" + fd, target);
    return target.isEmpty() ? "none" : target.getFirst();
  }

  private static void refused(int errno, long answer) {
    ContractTest.refused(errno, answer);
  }

  @Test
  void keepsMessagesApart() {
    int[] pair = pair(SOCK_SEQPACKET);
    assertThat(sockets.send(pair[0], "first")).isEqualTo(5);
    assertThat(sockets.send(pair[0], "second")).isEqualTo(6);
    assertThat(sockets.receive(pair[1], 100, 0)).isEqualTo(5);
    assertThat(sockets.text).isEqualTo("first");
    assertThat(sockets.flags & MSG_TRUNC).isZero();
    assertThat(sockets.receive(pair[1], 3, 0)).isEqualTo(3);
    assertThat(sockets.text).isEqualTo("sec");
    assertThat(sockets.flags & MSG_TRUNC).isEqualTo(MSG_TRUNC);
    refused(Errno.EAGAIN, sockets.receive(pair[1], 3, 0));
  }

  @Test
  void passesDescriptors() {
    int[] pair = pair(SOCK_SEQPACKET);
    int memfd = memfd();
    assertThat(sockets.send(pair[0], "x", memfd, memfd)).isEqualTo(1);
    kernel.close(opened.removeLast());
    assertThat(sockets.receive(pair[1], 10, 64)).isEqualTo(1);
    assertThat(sockets.received).hasSize(2);
    Arrays.stream(sockets.received).forEach(this::keep);
    assertThat(link(sockets.received[0])).isEqualTo("/memfd:passed (deleted)");
    assertThat(kernel.fcntl(sockets.received[1], FcntlUapi.F_GETFD, 0))
        .isEqualTo(FcntlUapi.FD_CLOEXEC);
    assertThat(sockets.flags & MSG_CTRUNC).isZero();
  }

  @Test
  void dropsDescriptorsThereIsNoRoomFor() {
    int[] pair = pair(SOCK_SEQPACKET);
    int memfd = memfd();
    sockets.send(pair[0], "none", memfd);
    assertThat(sockets.receive(pair[1], 10, 0)).isEqualTo(4);
    assertThat(sockets.flags & MSG_CTRUNC).isEqualTo(MSG_CTRUNC);
    sockets.send(pair[0], "three", memfd, memfd, memfd);
    assertThat(sockets.receive(pair[1], 10, RIGHTS_OF_ONE)).isEqualTo(5);
    // CMSG_SPACE rounds the room for one up, and a second fits into that.
    assertThat(sockets.received).hasSize(2);
    Arrays.stream(sockets.received).forEach(this::keep);
    assertThat(sockets.flags & MSG_CTRUNC).isEqualTo(MSG_CTRUNC);
  }

  @Test
  void refusesWhatCannotBeSent() {
    int[] pair = pair(SOCK_SEQPACKET);
    refused(Errno.EBADF, sockets.send(pair[0], "x", 777));
    int memfd = memfd();
    int[] many = new int[254];
    Arrays.fill(many, memfd);
    refused(Errno.EINVAL, sockets.send(pair[0], "x", many));
    assertThat(sockets.send(pair[0], "x", Arrays.copyOf(many, 253))).isEqualTo(1);
    assertThat(sockets.receive(pair[1], 1, 16 + 253 * 4)).isEqualTo(1);
    assertThat(sockets.received).hasSize(253);
    Arrays.stream(sockets.received).forEach(kernel::close);
    refused(Errno.EMSGSIZE, sockets.send(pair[0], "x".repeat(300_000)));
    refused(Errno.ENOTSOCK, sockets.send(memfd, "x"));
    MemorySegment wrong = sockets.message("x", 99, memfd);
    refused(Errno.EINVAL, kernel.sendmsg(pair[0], wrong, MSG_DONTWAIT));
    MemorySegment lies = sockets.message("x", SCM_RIGHTS, memfd);
    msghdr.msg_controllen.set(lies, 17);
    refused(Errno.EINVAL, kernel.sendmsg(pair[0], lies, MSG_DONTWAIT));
    assertThat(sockets.poll(pair[1], POLLIN)).isZero();
  }

  @Test
  void theEndOfAPeerIsSeen() {
    int[] pair = pair(SOCK_SEQPACKET);
    sockets.send(pair[0], "last", memfd());
    ContractTest.ok(kernel.close(opened.removeFirst()));
    assertThat(sockets.poll(pair[1], POLLIN | POLLOUT) & (POLLIN | POLLHUP))
        .isEqualTo(POLLIN | POLLHUP);
    assertThat(sockets.receive(pair[1], 10, 64)).isEqualTo(4);
    Arrays.stream(sockets.received).forEach(this::keep);
    assertThat(sockets.receive(pair[1], 10, 64)).isZero();
    refused(Errno.EPIPE, sockets.send(pair[1], "x"));
  }

  @Test
  void theEndOfAPeerThatHadUnreadMessagesIsAReset() {
    int[] pair = pair(SOCK_SEQPACKET);
    int end = eventfdKeptBy(pair[0]);
    ContractTest.ok(kernel.close(opened.removeLast()));
    refused(Errno.ECONNRESET, sockets.receive(pair[0], 10, 0));
    assertThat(sockets.receive(pair[0], 10, 0)).isZero();
    assertThat(end).isNotNegative();
  }

  /** Sends the only descriptor of an eventfd away. */
  private int eventfdKeptBy(int socket) {
    int event = kernel.eventfd(0, 0);
    assertThat(sockets.send(socket, "unread", event)).isEqualTo(6);
    kernel.close(event);
    return event;
  }

  @Test
  void whatIsUnderWayGoesWithItsReceiver() {
    int[] watched = pair(SOCK_SEQPACKET);
    int[] carrier = pair(SOCK_SEQPACKET);
    assertThat(sockets.send(carrier[0], "x", watched[1])).isEqualTo(1);
    ContractTest.ok(kernel.close(watched[1]));
    opened.remove(Integer.valueOf(watched[1]));
    assertThat(sockets.poll(watched[0], POLLIN)).isZero();
    ContractTest.ok(kernel.close(carrier[1]));
    opened.remove(Integer.valueOf(carrier[1]));
    assertThat(sockets.poll(watched[0], POLLIN) & POLLHUP).isEqualTo(POLLHUP);
  }

  @Test
  void fillsUp() {
    int[] pair = pair(SOCK_SEQPACKET);
    int sent = 0;
    while (sockets.send(pair[0], "x") == 1) {
      sent++;
    }
    refused(Errno.EAGAIN, sockets.send(pair[0], "x"));
    assertThat(sent).isEqualTo(278);
    assertThat(sockets.poll(pair[0], POLLOUT)).isZero();
    for (int i = 0; i < sent; i++) {
      assertThat(sockets.receive(pair[1], 1, 0)).isEqualTo(1);
    }
    assertThat(sockets.poll(pair[0], POLLOUT)).isEqualTo(POLLOUT);
  }

  @Test
  void aThreadThatIsInterruptedWaitsOn() {
    int[] pair = pair(SOCK_SEQPACKET);
    Thread.currentThread().interrupt();
    try {
      assertThat(sockets.await(pair[1], POLLIN, 30)).isZero();
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  void connectsByAnAbstractName() {
    int listener = listener("@" + name);
    int second = socket(SOCK_SEQPACKET);
    refused(Errno.EADDRINUSE, kernel.bind(second, sockets.address("@" + name)));
    assertThat(kernel.accept4(listener, SOCK_CLOEXEC)).isEqualTo(-Errno.EAGAIN);
    int client = socket(SOCK_SEQPACKET);
    refused(Errno.ENOTCONN, sockets.send(client, "x"));
    refused(Errno.ENOTCONN, sockets.receive(client, 1, 0));
    ContractTest.ok(kernel.connect(client, sockets.address("@" + name)));
    refused(Errno.EISCONN, kernel.connect(client, sockets.address("@" + name)));
    assertThat(sockets.send(client, "before accept")).isEqualTo(13);
    assertThat(sockets.poll(listener, POLLIN)).isEqualTo(POLLIN);
    int server = keep(kernel.accept4(listener, SOCK_CLOEXEC | SOCK_NONBLOCK));
    assertThat(kernel.fcntl(server, FcntlUapi.F_GETFD, 0)).isEqualTo(FcntlUapi.FD_CLOEXEC);
    assertThat(sockets.receive(server, 20, 0)).isEqualTo(13);
    refused(Errno.EINVAL, kernel.accept4(client, 0));
  }

  @Test
  void connectsByPath() {
    String path = "/tmp/" + name;
    int client = socket(SOCK_SEQPACKET);
    refused(Errno.ENOENT, kernel.connect(client, sockets.address(path)));
    int listener = socket(SOCK_SEQPACKET | SOCK_NONBLOCK);
    ContractTest.ok(kernel.fchmod(listener, 0600));
    ContractTest.ok(kernel.bind(listener, sockets.address(path)));
    refused(Errno.ECONNREFUSED, kernel.connect(client, sockets.address(path)));
    ContractTest.ok(kernel.listen(listener, 1));
    assertThat(mode(path)).isEqualTo(0140600);
    refused(Errno.EADDRINUSE, kernel.bind(socket(SOCK_SEQPACKET), sockets.address(path)));
    refused(Errno.EPROTOTYPE, kernel.connect(socket(SOCK_DGRAM), sockets.address(path)));
    ContractTest.ok(kernel.connect(client, sockets.address(path)));
    int another = socket(SOCK_SEQPACKET | SOCK_NONBLOCK);
    ContractTest.ok(kernel.connect(another, sockets.address(path)));
    int third = socket(SOCK_SEQPACKET | SOCK_NONBLOCK);
    refused(Errno.EAGAIN, kernel.connect(third, sockets.address(path)));
    kernel.close(listener);
    opened.remove(Integer.valueOf(listener));
    refused(Errno.ECONNREFUSED, kernel.connect(third, sockets.address(path)));
    refused(Errno.ECONNRESET, sockets.receive(client, 1, 0));
    ContractTest.ok(kernel.unlink(path));
    refused(Errno.ENOENT, kernel.connect(third, sockets.address(path)));
  }

  private int mode(String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(256, 8);
      ContractTest.ok(kernel.statx(FcntlUapi.AT_FDCWD, path, 0, 0x7ff, status));
      return statx.stx_mode.get(status);
    }
  }

  @Test
  void makesDirectoriesOnce() {
    String path = "/tmp/" + name + "-directory";
    try {
      ContractTest.ok(kernel.mkdir(path, 0700));
      assertThat(mode(path)).isEqualTo(0040700);
      refused(Errno.EEXIST, kernel.mkdir(path, 0700));
      refused(Errno.ENOENT, kernel.mkdir(path + "-none/x", 0700));
      refused(Errno.EISDIR, kernel.unlink(path));
    } finally {
      new File(path).delete(); // on the running kernel; the simulated one has no rmdir
    }
  }

  @Test
  void tellsWhoIsAtTheOtherEnd() {
    int listener = listener("@" + name);
    int client = socket(SOCK_SEQPACKET);
    ContractTest.ok(kernel.connect(client, sockets.address("@" + name)));
    int server = keep(kernel.accept4(listener, 0));
    for (int end : new int[] {client, server}) {
      MemorySegment peer = Arena.ofAuto().allocate(ucred.LAYOUT.size(), 4);
      assertThat(kernel.getsockopt(end, SOL_SOCKET, SO_PEERCRED, peer)).isEqualTo(12);
      assertThat(ucred.pid.get(peer)).isEqualTo(kernel.getpid());
      assertThat(ucred.uid.get(peer)).isEqualTo(kernel.geteuid());
    }
    MemorySegment type = Arena.ofAuto().allocate(ValueLayout.JAVA_INT);
    assertThat(kernel.getsockopt(client, SOL_SOCKET, SO_TYPE, type)).isEqualTo(4);
    assertThat(type.get(ValueLayout.JAVA_INT, 0)).isEqualTo(SOCK_SEQPACKET);
    refused(Errno.ENOPROTOOPT, kernel.getsockopt(client, SOL_SOCKET, 9999, type));
    refused(Errno.ENOTSOCK, kernel.getsockopt(memfd(), SOL_SOCKET, SO_TYPE, type));
  }

  @Test
  void datagramsNeedNoConnection() {
    int receiver = socket(SOCK_DGRAM | SOCK_NONBLOCK);
    int sender = socket(SOCK_DGRAM);
    refused(Errno.ENOTCONN, sockets.send(sender, "x"));
    refused(Errno.ECONNREFUSED, sockets.sendTo(sender, "@" + name, "x"));
    ContractTest.ok(kernel.bind(receiver, sockets.address("@" + name)));
    assertThat(sockets.sendTo(sender, "@" + name, "hello", memfd())).isEqualTo(5);
    assertThat(sockets.receive(receiver, 10, 64)).isEqualTo(5);
    assertThat(sockets.text).isEqualTo("hello");
    Arrays.stream(sockets.received).forEach(this::keep);
    refused(Errno.EOPNOTSUPP, kernel.listen(receiver, 1));
    refused(Errno.EOPNOTSUPP, kernel.accept4(receiver, 0));
  }

  @Test
  void shutsDownOneWay() {
    int[] pair = pair(SOCK_SEQPACKET);
    ContractTest.ok(kernel.shutdown(pair[0], SHUT_WR));
    refused(Errno.EPIPE, sockets.send(pair[0], "x"));
    assertThat(sockets.receive(pair[1], 1, 0)).isZero();
    assertThat(sockets.send(pair[1], "y")).isEqualTo(1);
    refused(Errno.EINVAL, kernel.shutdown(pair[0], 7));
  }

  @Test
  void refusesEdges() {
    refused(Errno.EAFNOSUPPORT, kernel.socket(4711, SOCK_DGRAM, 0));
    refused(Errno.EPROTONOSUPPORT, kernel.socket(AF_UNIX, SOCK_DGRAM, 4711));
    refused(Errno.EINVAL, kernel.socket(AF_UNIX, SOCK_DGRAM | 0x100, 0));
    int unbound = socket(SOCK_SEQPACKET);
    refused(Errno.EINVAL, kernel.listen(unbound, 1));
    refused(Errno.EINVAL, kernel.bind(unbound, Arena.ofAuto().allocate(1)));
    assertThat(sockets.poll(777, POLLIN)).isEqualTo(POLLNVAL);
    assertThat(sockets.poll(memfd(), POLLIN | POLLOUT)).isEqualTo(POLLIN | POLLOUT);
    assertThat(sockets.poll(unbound, POLLIN | POLLOUT) & POLLHUP).isEqualTo(POLLHUP);
  }

  @Test
  void aProcessHasSoManyDescriptors() {
    int[] pair = pair(SOCK_SEQPACKET);
    int memfd = memfd();
    MemorySegment limit = Arena.ofAuto().allocate(16, 8);
    ContractTest.ok(kernel.getrlimit(7, limit));
    long before = limit.get(ValueLayout.JAVA_LONG, 0);
    assertThat(before).isBetween(1L, limit.get(ValueLayout.JAVA_LONG, 8));
    int highest = keep(kernel.fcntl(memfd, FcntlUapi.F_DUPFD_CLOEXEC, 0));
    try {
      sockets.send(pair[0], "x", memfd, memfd);
      limit.set(ValueLayout.JAVA_LONG, 0, highest + 1L);
      ContractTest.ok(kernel.setrlimit(7, limit));
      fillGapsBelow(highest, memfd);
      assertThat(sockets.receive(pair[1], 10, 64)).isEqualTo(1);
      assertThat(sockets.received).isEmpty();
      assertThat(sockets.flags & MSG_CTRUNC).isEqualTo(MSG_CTRUNC);
      refused(Errno.EMFILE, kernel.socket(AF_UNIX, SOCK_DGRAM, 0));
    } finally {
      limit.set(ValueLayout.JAVA_LONG, 0, before);
      ContractTest.ok(kernel.setrlimit(7, limit));
    }
    limit.set(ValueLayout.JAVA_LONG, 8, before - 1);
    refused(Errno.EINVAL, kernel.setrlimit(7, limit));
  }

  private void fillGapsBelow(int highest, int memfd) {
    int copy = kernel.fcntl(memfd, FcntlUapi.F_DUPFD_CLOEXEC, 0);
    while (copy >= 0) {
      assertThat(copy).isLessThan(highest);
      keep(copy);
      copy = kernel.fcntl(memfd, FcntlUapi.F_DUPFD_CLOEXEC, 0);
    }
  }

  @Test
  void waitsForWhatComes() throws InterruptedException {
    int[] pair = pair(SOCK_SEQPACKET);
    Thread later =
        Thread.ofPlatform().start(() -> new SocketCallsForTests(kernel).send(pair[0], "at last"));
    MemorySegment message = sockets.message("room for it", SCM_RIGHTS);
    assertThat(kernel.recvmsg(pair[1], message, MSG_NOSIGNAL)).isEqualTo(7);
    later.join();
  }

  @Test
  void aPidfdNamesAProcess() {
    int pidfd = keep(kernel.pidfd_open(kernel.getpid(), 0));
    assertThat(link(pidfd)).isIn("anon_inode:[pidfd]", "pidfd:[0]").isNotEqualTo("none");
    refused(Errno.EINVAL, kernel.pidfd_open(-1, 0));
  }
}
