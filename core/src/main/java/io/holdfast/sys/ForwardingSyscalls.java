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
  public long mmap(long length, int prot, int flags, int fd, long offset) {
    return delegate.mmap(length, prot, flags, fd, offset);
  }

  @Override
  public int munmap(long address, long length) {
    return delegate.munmap(address, length);
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
  public int getpid() {
    return delegate.getpid();
  }

  @Override
  public void close() {
    delegate.close();
  }
}
