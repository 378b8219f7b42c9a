package io.holdfast.sys;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/**
 * Hands every call on to another {@link Syscalls}; the base of decorators, which override what they
 * care about.
 */
public abstract class ForwardingSyscalls implements Syscalls {
  private final Syscalls delegate;

  protected ForwardingSyscalls(Syscalls delegate) {
    this.delegate = Objects.requireNonNull(delegate, "delegate");
  }

  /** The implementation this one decorates. */
  protected final Syscalls delegate() {
    return delegate;
  }

  @Override
  public int open(String path, int flags, int mode) {
    return delegate.open(path, flags, mode);
  }

  @Override
  public int close(int fd) {
    return delegate.close(fd);
  }

  @Override
  public int ioctl(int fd, long request, MemorySegment argument) {
    return delegate.ioctl(fd, request, argument);
  }

  @Override
  public int ioctl(int fd, long request, long argument) {
    return delegate.ioctl(fd, request, argument);
  }

  @Override
  public int memfd_create(String name, int flags) {
    return delegate.memfd_create(name, flags);
  }

  @Override
  public int ftruncate(int fd, long length) {
    return delegate.ftruncate(fd, length);
  }

  @Override
  public int fcntl(int fd, int command, long argument) {
    return delegate.fcntl(fd, command, argument);
  }

  @Override
  public int dup2(int fd, int newFd) {
    return delegate.dup2(fd, newFd);
  }

  @Override
  public int statx(int dirfd, String path, int flags, int mask, MemorySegment statx) {
    return delegate.statx(dirfd, path, flags, mask, statx);
  }

  @Override
  public long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    return delegate.mmap(hint, length, prot, flags, fd, offset);
  }

  @Override
  public int munmap(long address, long length) {
    return delegate.munmap(address, length);
  }

  @Override
  public int madvise(long address, long length, int advice) {
    return delegate.madvise(address, length, advice);
  }

  @Override
  public long pread(int fd, MemorySegment buffer, long offset) {
    return delegate.pread(fd, buffer, offset);
  }

  @Override
  public long pwrite(int fd, MemorySegment buffer, long offset) {
    return delegate.pwrite(fd, buffer, offset);
  }

  @Override
  public int eventfd(int initialValue, int flags) {
    return delegate.eventfd(initialValue, flags);
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return delegate.read(fd, buffer);
  }

  @Override
  public long write(int fd, MemorySegment buffer) {
    return delegate.write(fd, buffer);
  }

  @Override
  public int readFile(String path, byte[] buffer) {
    return delegate.readFile(path, buffer);
  }

  @Override
  public int writeFile(String path, byte[] content) {
    return delegate.writeFile(path, content);
  }

  @Override
  public int listFolder(String path, List<String> names) {
    return delegate.listFolder(path, names);
  }

  @Override
  public int readLink(String path, List<String> target) {
    return delegate.readLink(path, target);
  }

  @Override
  public int execve(String path, List<String> arguments, List<String> environment) {
    return delegate.execve(path, arguments, environment);
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    return delegate.socket(domain, type, protocol);
  }

  @Override
  public int socketpair(int domain, int type, int protocol, int[] fds) {
    return delegate.socketpair(domain, type, protocol, fds);
  }

  @Override
  public int bind(int fd, MemorySegment address) {
    return delegate.bind(fd, address);
  }

  @Override
  public int listen(int fd, int backlog) {
    return delegate.listen(fd, backlog);
  }

  @Override
  public int connect(int fd, MemorySegment address) {
    return delegate.connect(fd, address);
  }

  @Override
  public int accept4(int fd, int flags) {
    return delegate.accept4(fd, flags);
  }

  @Override
  public long sendmsg(int fd, MemorySegment message, int flags) {
    return delegate.sendmsg(fd, message, flags);
  }

  @Override
  public long recvmsg(int fd, MemorySegment message, int flags) {
    return delegate.recvmsg(fd, message, flags);
  }

  @Override
  public int shutdown(int fd, int how) {
    return delegate.shutdown(fd, how);
  }

  @Override
  public int getsockopt(int fd, int level, int option, MemorySegment value) {
    return delegate.getsockopt(fd, level, option, value);
  }

  @Override
  public int poll(MemorySegment pollfds, int timeoutMillis) {
    return delegate.poll(pollfds, timeoutMillis);
  }

  @Override
  public int mkdir(String path, int mode) {
    return delegate.mkdir(path, mode);
  }

  @Override
  public int unlink(String path) {
    return delegate.unlink(path);
  }

  @Override
  public int fchmod(int fd, int mode) {
    return delegate.fchmod(fd, mode);
  }

  @Override
  public int getrlimit(int resource, MemorySegment rlimit) {
    return delegate.getrlimit(resource, rlimit);
  }

  @Override
  public int setrlimit(int resource, MemorySegment rlimit) {
    return delegate.setrlimit(resource, rlimit);
  }

  @Override
  public int pidfd_open(int pid, int flags) {
    return delegate.pidfd_open(pid, flags);
  }

  @Override
  public int mbind(long address, long length, int mode, MemorySegment nodes, int flags) {
    return delegate.mbind(address, length, mode, nodes, flags);
  }

  @Override
  public int move_pages(MemorySegment pages, MemorySegment status) {
    return delegate.move_pages(pages, status);
  }

  @Override
  public int kexec_file_load(int kernelFd, int initrdFd, String commandLine, long flags) {
    return delegate.kexec_file_load(kernelFd, initrdFd, commandLine, flags);
  }

  @Override
  public int reboot(int command) {
    return delegate.reboot(command);
  }

  @Override
  public int geteuid() {
    return delegate.geteuid();
  }

  @Override
  public int getpid() {
    return delegate.getpid();
  }

  @Override
  public void close() {
    delegate.close();
  }
}
