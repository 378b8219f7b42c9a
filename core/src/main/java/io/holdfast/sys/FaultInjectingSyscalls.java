package io.holdfast.sys;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * A kernel that refuses chosen calls, or under which the process dies at a chosen call: what tests
 * use to walk through every failure of a piece of work ("fail call 1, then call 2, … until a run is
 * clean").
 *
 * <p>Every call that can fail has a number, from 1 in the order in which the calls begin; {@link
 * #getpid} and {@link #geteuid} cannot fail and have none. A refused call does not reach the
 * kernel, with one exception: a refused {@code close(fd)} does close the descriptor, as on Linux.
 * Thread-safe.
 */
public final class FaultInjectingSyscalls extends ForwardingSyscalls {
  /**
   * One call about to be made.
   *
   * @param name the method of {@link Syscalls}, {@code "ioctl"} for both of that name
   * @param request the request of an ioctl or the command of an fcntl, 0 for all other calls
   * @param path the path of a call that takes one, else empty
   * @param number counts the calls from 1
   */
  public record Call(String name, long request, String path, long number) {}

  /** Decides the fate of each call. */
  @FunctionalInterface
  public interface Fault {
    /**
     * {@link #NONE} to let the call through, an errno (positive) to refuse it, {@link #DIE_BEFORE}
     * or {@link #DIE_AFTER}.
     */
    int decide(Call call);

    /** Let the call through. */
    int NONE = 0;

    /** The process dies before the kernel sees the call. */
    int DIE_BEFORE = -1;

    /** The process dies when the kernel has done the call, before anybody can act on its answer. */
    int DIE_AFTER = -2;

    /** Refuses the call with this number. */
    static Fault refuse(long number, int errno) {
      if (errno <= 0) {
        throw new IllegalArgumentException("an errno is positive, not " + errno);
      }
      return call -> call.number() == number ? errno : NONE;
    }

    /** Lets the process die before the call with this number. */
    static Fault dieBefore(long number) {
      return call -> call.number() == number ? DIE_BEFORE : NONE;
    }

    /** Lets the process die after the call with this number. */
    static Fault dieAfter(long number) {
      return call -> call.number() == number ? DIE_AFTER : NONE;
    }
  }

  /**
   * Thrown where a real process would have ceased to be; an Error, so that no handler of failures
   * catches it.
   */
  public static final class ProcessDied extends Error {
    private static final long serialVersionUID = 1L;

    ProcessDied(Call call) {
      super("the process has died at call " + call.number() + ", " + call.name());
    }
  }

  private final Fault fault;
  private final Runnable death;
  private final AtomicLong calls = new AtomicLong();
  private volatile Call diedAt;

  /** Refuses what {@code fault} says; a death only throws {@link ProcessDied}. */
  public FaultInjectingSyscalls(Syscalls delegate, Fault fault) {
    this(delegate, fault, () -> {});
  }

  /**
   * As above, and when the process dies runs {@code death} first, once: closing a simulated
   * process, or {@code Runtime.halt} in a JVM of its own. From then on every call throws {@link
   * ProcessDied} and reaches no kernel, so that the dead code's finally blocks change nothing.
   */
  public FaultInjectingSyscalls(Syscalls delegate, Fault fault, Runnable death) {
    super(delegate);
    this.fault = Objects.requireNonNull(fault, "fault");
    this.death = Objects.requireNonNull(death, "death");
  }

  /** How many calls have been numbered so far. */
  public long calls() {
    return calls.get();
  }

  /** True once the process has died. */
  public boolean isDead() {
    return diedAt != null;
  }

  private long run(String name, long request, String path, LongSupplier action) {
    Call call = new Call(name, request, path, calls.incrementAndGet());
    if (diedAt != null) {
      throw new ProcessDied(diedAt);
    }
    int fate = fault.decide(call);
    if (fate == Fault.DIE_BEFORE) {
      throw die(call);
    }
    if (fate < Fault.DIE_AFTER) {
      throw new IllegalArgumentException("neither an errno nor a death: " + fate);
    }
    boolean reachesKernel = fate <= 0 || name.equals("close");
    long answer = reachesKernel ? action.getAsLong() : -fate;
    if (fate == Fault.DIE_AFTER) {
      throw die(call);
    }
    return fate == Fault.NONE ? answer : -fate;
  }

  private synchronized ProcessDied die(Call call) {
    if (diedAt == null) {
      diedAt = call;
      death.run();
    }
    return new ProcessDied(diedAt);
  }

  private int runInt(String name, IntSupplier action) {
    return runInt(name, "", action);
  }

  private int runInt(String name, String path, IntSupplier action) {
    return (int) run(name, 0, path, action::getAsInt);
  }

  @Override
  public int open(String path, int flags, int mode) {
    return runInt("open", path, () -> delegate().open(path, flags, mode));
  }

  @Override
  public int close(int fd) {
    return runInt("close", () -> delegate().close(fd));
  }

  @Override
  public int ioctl(int fd, long request, MemorySegment argument) {
    return (int) run("ioctl", request, "", () -> delegate().ioctl(fd, request, argument));
  }

  @Override
  public int ioctl(int fd, long request, long argument) {
    return (int) run("ioctl", request, "", () -> delegate().ioctl(fd, request, argument));
  }

  @Override
  public int memfd_create(String name, int flags) {
    return runInt("memfd_create", () -> delegate().memfd_create(name, flags));
  }

  @Override
  public int ftruncate(int fd, long length) {
    return runInt("ftruncate", () -> delegate().ftruncate(fd, length));
  }

  @Override
  public int fcntl(int fd, int command, long argument) {
    return (int) run("fcntl", command, "", () -> delegate().fcntl(fd, command, argument));
  }

  @Override
  public int dup2(int fd, int newFd) {
    return runInt("dup2", () -> delegate().dup2(fd, newFd));
  }

  @Override
  public int statx(int dirfd, String path, int flags, int mask, MemorySegment statx) {
    return runInt("statx", path, () -> delegate().statx(dirfd, path, flags, mask, statx));
  }

  @Override
  public long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    return run("mmap", 0, "", () -> delegate().mmap(hint, length, prot, flags, fd, offset));
  }

  @Override
  public int munmap(long address, long length) {
    return runInt("munmap", () -> delegate().munmap(address, length));
  }

  @Override
  public int madvise(long address, long length, int advice) {
    return runInt("madvise", () -> delegate().madvise(address, length, advice));
  }

  @Override
  public long pread(int fd, MemorySegment buffer, long offset) {
    return run("pread", 0, "", () -> delegate().pread(fd, buffer, offset));
  }

  @Override
  public long pwrite(int fd, MemorySegment buffer, long offset) {
    return run("pwrite", 0, "", () -> delegate().pwrite(fd, buffer, offset));
  }

  @Override
  public int eventfd(int initialValue, int flags) {
    return runInt("eventfd", () -> delegate().eventfd(initialValue, flags));
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return run("read", 0, "", () -> delegate().read(fd, buffer));
  }

  @Override
  public long write(int fd, MemorySegment buffer) {
    return run("write", 0, "", () -> delegate().write(fd, buffer));
  }

  @Override
  public int readFile(String path, byte[] buffer) {
    return runInt("readFile", path, () -> delegate().readFile(path, buffer));
  }

  @Override
  public int writeFile(String path, byte[] content) {
    return runInt("writeFile", path, () -> delegate().writeFile(path, content));
  }

  @Override
  public int listFolder(String path, List<String> names) {
    return runInt("listFolder", path, () -> delegate().listFolder(path, names));
  }

  @Override
  public int readLink(String path, List<String> target) {
    return runInt("readLink", path, () -> delegate().readLink(path, target));
  }

  @Override
  public int execve(String path, List<String> arguments, List<String> environment) {
    return runInt("execve", path, () -> delegate().execve(path, arguments, environment));
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    return runInt("socket", () -> delegate().socket(domain, type, protocol));
  }

  @Override
  public int socketpair(int domain, int type, int protocol, int[] fds) {
    return runInt("socketpair", () -> delegate().socketpair(domain, type, protocol, fds));
  }

  @Override
  public int bind(int fd, MemorySegment address) {
    return runInt("bind", () -> delegate().bind(fd, address));
  }

  @Override
  public int listen(int fd, int backlog) {
    return runInt("listen", () -> delegate().listen(fd, backlog));
  }

  @Override
  public int connect(int fd, MemorySegment address) {
    return runInt("connect", () -> delegate().connect(fd, address));
  }

  @Override
  public int accept4(int fd, int flags) {
    return runInt("accept4", () -> delegate().accept4(fd, flags));
  }

  @Override
  public long sendmsg(int fd, MemorySegment message, int flags) {
    return run("sendmsg", 0, "", () -> delegate().sendmsg(fd, message, flags));
  }

  @Override
  public long recvmsg(int fd, MemorySegment message, int flags) {
    return run("recvmsg", 0, "", () -> delegate().recvmsg(fd, message, flags));
  }

  @Override
  public int shutdown(int fd, int how) {
    return runInt("shutdown", () -> delegate().shutdown(fd, how));
  }

  @Override
  public int getsockopt(int fd, int level, int option, MemorySegment value) {
    return runInt("getsockopt", () -> delegate().getsockopt(fd, level, option, value));
  }

  @Override
  public int poll(MemorySegment pollfds, int timeoutMillis) {
    return runInt("poll", () -> delegate().poll(pollfds, timeoutMillis));
  }

  @Override
  public int mkdir(String path, int mode) {
    return runInt("mkdir", path, () -> delegate().mkdir(path, mode));
  }

  @Override
  public int unlink(String path) {
    return runInt("unlink", path, () -> delegate().unlink(path));
  }

  @Override
  public int fchmod(int fd, int mode) {
    return runInt("fchmod", () -> delegate().fchmod(fd, mode));
  }

  @Override
  public int getrlimit(int resource, MemorySegment rlimit) {
    return runInt("getrlimit", () -> delegate().getrlimit(resource, rlimit));
  }

  @Override
  public int setrlimit(int resource, MemorySegment rlimit) {
    return runInt("setrlimit", () -> delegate().setrlimit(resource, rlimit));
  }

  @Override
  public int pidfd_open(int pid, int flags) {
    return runInt("pidfd_open", () -> delegate().pidfd_open(pid, flags));
  }

  @Override
  public int mbind(long address, long length, int mode, MemorySegment nodes, int flags) {
    return runInt("mbind", () -> delegate().mbind(address, length, mode, nodes, flags));
  }

  @Override
  public int move_pages(MemorySegment pages, MemorySegment status) {
    return runInt("move_pages", () -> delegate().move_pages(pages, status));
  }

  @Override
  public int kexec_file_load(int kernelFd, int initrdFd, String commandLine, long flags) {
    return runInt(
        "kexec_file_load",
        () -> delegate().kexec_file_load(kernelFd, initrdFd, commandLine, flags));
  }

  @Override
  public int reboot(int command) {
    return runInt("reboot", () -> delegate().reboot(command));
  }
}
