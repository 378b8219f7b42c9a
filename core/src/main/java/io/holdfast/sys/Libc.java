package io.holdfast.sys;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Objects;

/**
 * The functions of the C library that Holdfast calls, each answering {@code >= 0} or {@code
 * -errno}; how they are called is in {@link CCall}.
 *
 * <p>Each function has a class of its own, which the JVM initialises at the first call: no process
 * calls all of them.
 */
final class Libc {
  /** {@code AT_FDCWD} in {@code fcntl.h}: relative paths begin at the working directory. */
  static final int AT_FDCWD = -100;

  /**
   * {@code __NR_memfd_create}: the C library's function begins with a pointer, and {@code preserve}
   * would link another shape for it while a device waits.
   */
  private static final long SYS_MEMFD_CREATE = systemCall(319, 279);

  private Libc() {}

  /**
   * The number of a system call: x86-64 has its own, arm64 and riscv64 the generic one, and on
   * other machines the kernel answers that there is none.
   */
  static long systemCall(long x86, long generic) {
    return switch (System.getProperty("os.arch")) {
      case "amd64" -> x86;
      case "aarch64", "riscv64" -> generic;
      default -> -1; // ENOSYS
    };
  }

  /** What is called here, and has to be there. */
  static final List<String> SYMBOLS =
      List.of(
          "openat",
          "close",
          "ioctl",
          "syscall",
          "ftruncate",
          "fcntl",
          "dup2",
          "statx",
          "mmap",
          "munmap",
          "pread",
          "pwrite",
          "read",
          "write",
          "eventfd",
          "getdents64",
          "readlinkat",
          "execve",
          "pthread_sigmask",
          "lseek",
          "getpid");

  private static final class Openat {
    static final MethodHandle HANDLE = CCall.ofMixed("openat");
  }

  private static final class Close {
    static final MethodHandle HANDLE = CCall.ofNumbers("close");
  }

  private static final class IoctlPointer {
    static final MethodHandle HANDLE = CCall.ofMixed("ioctl");
  }

  private static final class IoctlNumber {
    static final MethodHandle HANDLE = CCall.ofNumbers("ioctl");
  }

  private static final class MemfdCreate {
    static final MethodHandle HANDLE = CCall.ofMixed("syscall");
  }

  private static final class Ftruncate {
    static final MethodHandle HANDLE = CCall.ofNumbers("ftruncate");
  }

  private static final class Fcntl {
    static final MethodHandle HANDLE = CCall.ofNumbers("fcntl");
  }

  private static final class Dup2 {
    static final MethodHandle HANDLE = CCall.ofNumbers("dup2");
  }

  private static final class Statx {
    static final MethodHandle HANDLE = CCall.ofMixed("statx");
  }

  private static final class Mmap {
    static final MethodHandle HANDLE = CCall.ofNumbers("mmap");
  }

  private static final class Munmap {
    static final MethodHandle HANDLE = CCall.ofNumbers("munmap");
  }

  private static final class Pread {
    static final MethodHandle HANDLE = CCall.ofMixed("pread");
  }

  private static final class Pwrite {
    static final MethodHandle HANDLE = CCall.ofMixed("pwrite");
  }

  private static final class Read {
    static final MethodHandle HANDLE = CCall.ofMixed("read");
  }

  private static final class Write {
    static final MethodHandle HANDLE = CCall.ofMixed("write");
  }

  private static final class Eventfd {
    static final MethodHandle HANDLE = CCall.ofNumbers("eventfd");
  }

  private static final class Getdents64 {
    static final MethodHandle HANDLE = CCall.ofMixed("getdents64");
  }

  private static final class Readlinkat {
    static final MethodHandle HANDLE = CCall.ofMixed("readlinkat");
  }

  private static final class Execve {
    static final MethodHandle HANDLE = CCall.ofPointers("execve");
  }

  private static final class PthreadSigmask {
    static final MethodHandle HANDLE = CCall.ofMixed("pthread_sigmask");
  }

  private static final class Lseek {
    static final MethodHandle HANDLE = CCall.ofNumbers("lseek");
  }

  private static final class Getpid {
    static final MethodHandle HANDLE = CCall.ofNumbers("getpid");
  }

  /**
   * Looks for every function now, so that what is missing is told at once and not in the middle of
   * a driver's work; so is it if the JVM denies native access, for which one function is linked.
   */
  static void link() {
    LinkerHelper.require(SYMBOLS);
    LinkerHelper.require(LibcSockets.SYMBOLS);
    LinkerHelper.require(LibcProcess.SYMBOLS);
    Objects.requireNonNull(Close.HANDLE);
  }

  /** Links the other shape that most calls have, too. */
  static void linkMixed() {
    Objects.requireNonNull(Openat.HANDLE);
  }

  static int open(MemorySegment path, int flags, int mode) {
    return CCall.ofInt(CCall.mixed(Openat.HANDLE, AT_FDCWD, path, CCall.number(flags), mode));
  }

  static int close(int fd) {
    return CCall.ofInt(CCall.numbers(Close.HANDLE, fd));
  }

  static int ioctl(int fd, long request, MemorySegment argument) {
    return CCall.ofInt(CCall.mixed(IoctlPointer.HANDLE, fd, CCall.number(request), argument));
  }

  static int ioctl(int fd, long request, long argument) {
    return CCall.ofInt(CCall.numbers(IoctlNumber.HANDLE, fd, request, argument));
  }

  static int memfd_create(MemorySegment name, int flags) {
    return CCall.ofInt(
        CCall.mixed(MemfdCreate.HANDLE, SYS_MEMFD_CREATE, name, CCall.number(flags)));
  }

  static int ftruncate(int fd, long length) {
    return CCall.ofInt(CCall.numbers(Ftruncate.HANDLE, fd, length));
  }

  static int dup2(int fd, int newFd) {
    return CCall.ofInt(CCall.numbers(Dup2.HANDLE, fd, newFd));
  }

  static int fcntl(int fd, int command, long argument) {
    return CCall.ofInt(CCall.numbers(Fcntl.HANDLE, fd, command, argument));
  }

  static int statx(int dirfd, MemorySegment path, int flags, int mask, MemorySegment statx) {
    return CCall.ofInt(CCall.mixed(Statx.HANDLE, dirfd, path, CCall.number(flags), mask, statx));
  }

  static long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    return CCall.ofLong(CCall.numbers(Mmap.HANDLE, hint, length, prot, flags, fd, offset));
  }

  static int munmap(long address, long length) {
    return CCall.ofInt(CCall.numbers(Munmap.HANDLE, address, length));
  }

  static long pread(int fd, MemorySegment buffer, long length, long offset) {
    return CCall.ofLong(CCall.mixed(Pread.HANDLE, fd, buffer, CCall.number(length), offset));
  }

  static long pwrite(int fd, MemorySegment buffer, long length, long offset) {
    return CCall.ofLong(CCall.mixed(Pwrite.HANDLE, fd, buffer, CCall.number(length), offset));
  }

  static long read(int fd, MemorySegment buffer, long length) {
    return CCall.ofLong(CCall.mixed(Read.HANDLE, fd, buffer, CCall.number(length), 0));
  }

  static long write(int fd, MemorySegment buffer, long length) {
    return CCall.ofLong(CCall.mixed(Write.HANDLE, fd, buffer, CCall.number(length), 0));
  }

  static int eventfd(int initialValue, int flags) {
    return CCall.ofInt(CCall.numbers(Eventfd.HANDLE, initialValue, flags));
  }

  static long getdents64(int fd, MemorySegment buffer, long length) {
    return CCall.ofLong(CCall.mixed(Getdents64.HANDLE, fd, buffer, CCall.number(length), 0));
  }

  static long readlink(MemorySegment path, MemorySegment buffer, long length) {
    return CCall.ofLong(CCall.mixed(Readlinkat.HANDLE, AT_FDCWD, path, buffer, length));
  }

  static int execve(MemorySegment path, MemorySegment arguments, MemorySegment environment) {
    return CCall.ofInt(CCall.pointers(Execve.HANDLE, path, arguments, environment));
  }

  /** Unlike all others, the C function answers a positive errno itself. */
  static int pthread_sigmask(int how, MemorySegment set, MemorySegment old) {
    return -(int) CCall.mixed(PthreadSigmask.HANDLE, how, set, old);
  }

  static long lseek(int fd, long offset, int whence) {
    return CCall.ofLong(CCall.numbers(Lseek.HANDLE, fd, offset, whence));
  }

  static int getpid() {
    return (int) CCall.numbers(Getpid.HANDLE, 0);
  }
}
