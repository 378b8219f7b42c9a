package io.holdfast.sys;

import io.holdfast.sys.RequestDecoder.Argument;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes down every call with its decoded arguments and its answer, one line each, as strace does:
 *
 * <pre>{@code
 * open("/dev/iommu", O_RDWR|O_CLOEXEC) = 7
 * ioctl(7, IOMMU_IOAS_ALLOC, {size=12, flags=0, out_ioas_id=0}) = 0 => {out_ioas_id=1}
 * ioctl(7, IOMMU_DESTROY, {size=8, id=4711}) = -1 ENOENT (No such file or directory)
 * }</pre>
 *
 * What follows {@code =>} are the fields that the kernel has changed. Buffers are shown by their
 * first bytes. Of an environment only its size is shown, since environments hold secrets.
 *
 * <p>Thread-safe: a line is appended whole, after its call, in the order in which the calls ended.
 * Where appending fails the calls go on untraced, and {@code failure} tells.
 */
public final class TracingSyscalls extends TracingSocketCalls {
  public TracingSyscalls(Syscalls delegate, RequestDecoder decoder, Appendable out) {
    super(delegate, decoder, out);
  }

  @Override
  public int open(String path, int flags, int mode) {
    int answer = super.open(path, flags, mode);
    String created = mode == 0 ? "" : ", 0" + Integer.toOctalString(mode);
    line(call("open", quoted(path), name(Argument.OPEN_FLAGS, flags) + created), answer);
    return answer;
  }

  @Override
  public int close(int fd) {
    int answer = super.close(fd);
    line(call("close", fd), answer);
    return answer;
  }

  @Override
  public int ioctl(int fd, long request, MemorySegment argument) {
    Map<String, String> before = decoder().fields(request, argument);
    int answer = super.ioctl(fd, request, argument);
    String struct = before.isEmpty() ? address(argument.address()) : struct(before);
    Map<String, String> changed = new LinkedHashMap<>(decoder().fields(request, argument));
    changed.entrySet().removeIf(field -> field.getValue().equals(before.get(field.getKey())));
    line(
        call("ioctl", fd, decoder().request(request), struct),
        answer,
        changed.isEmpty() ? "" : " => " + struct(changed));
    return answer;
  }

  @Override
  public int ioctl(int fd, long request, long argument) {
    int answer = super.ioctl(fd, request, argument);
    line(call("ioctl", fd, decoder().request(request), argument), answer);
    return answer;
  }

  @Override
  public int memfd_create(String name, int flags) {
    int answer = super.memfd_create(name, flags);
    line(call("memfd_create", quoted(name), name(Argument.MEMFD_FLAGS, flags)), answer);
    return answer;
  }

  @Override
  public int ftruncate(int fd, long length) {
    int answer = super.ftruncate(fd, length);
    line(call("ftruncate", fd, length), answer);
    return answer;
  }

  @Override
  public int fcntl(int fd, int command, long argument) {
    int answer = super.fcntl(fd, command, argument);
    Argument in = decoder().fcntlArgument(command, false);
    Argument back = decoder().fcntlArgument(command, true);
    line(
        call(
            "fcntl",
            fd,
            decoder().name(Argument.FCNTL_COMMAND, command),
            in == null ? Long.toString(argument) : decoder().name(in, argument)),
        answer,
        back == null || answer < 0 ? "" : " (" + decoder().name(back, answer) + ")");
    return answer;
  }

  @Override
  public int dup2(int fd, int newFd) {
    int answer = super.dup2(fd, newFd);
    line(call("dup2", fd, newFd), answer);
    return answer;
  }

  @Override
  public int statx(int dirfd, String path, int flags, int mask, MemorySegment statx) {
    int answer = super.statx(dirfd, path, flags, mask, statx);
    line(
        call(
            "statx",
            dirfd >= 0
                ? Integer.toString(dirfd)
                : decoder().name(Argument.DIRECTORY_DESCRIPTOR, dirfd),
            quoted(path),
            name(Argument.STATX_FLAGS, flags),
            name(Argument.STATX_MASK, mask),
            answer < 0 ? address(statx.address()) : struct(decoder().statx(statx))),
        answer);
    return answer;
  }

  @Override
  public long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    long answer = super.mmap(hint, length, prot, flags, fd, offset);
    String call =
        call(
            "mmap",
            hint == 0 ? "NULL" : address(hint),
            length,
            name(Argument.MMAP_PROTECTION, prot),
            name(Argument.MMAP_FLAGS, flags),
            fd,
            address(offset));
    if (answer < 0) {
      line(call, answer);
    } else {
      write(call + " = " + address(answer));
    }
    return answer;
  }

  @Override
  public int munmap(long address, long length) {
    int answer = super.munmap(address, length);
    line(call("munmap", address(address), length), answer);
    return answer;
  }

  @Override
  public int madvise(long address, long length, int advice) {
    int answer = super.madvise(address, length, advice);
    line(call("madvise", address(address), length, advice), answer);
    return answer;
  }

  @Override
  public long pread(int fd, MemorySegment buffer, long offset) {
    long answer = super.pread(fd, buffer, offset);
    line(call("pread", fd, bytes(buffer, answer), buffer.byteSize(), address(offset)), answer);
    return answer;
  }

  @Override
  public long pwrite(int fd, MemorySegment buffer, long offset) {
    long answer = super.pwrite(fd, buffer, offset);
    line(
        call("pwrite", fd, bytes(buffer, buffer.byteSize()), buffer.byteSize(), address(offset)),
        answer);
    return answer;
  }

  @Override
  public int eventfd(int initialValue, int flags) {
    int answer = super.eventfd(initialValue, flags);
    line(
        call(
            "eventfd", Integer.toUnsignedString(initialValue), name(Argument.EVENTFD_FLAGS, flags)),
        answer);
    return answer;
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    long answer = super.read(fd, buffer);
    line(call("read", fd, bytes(buffer, answer), buffer.byteSize()), answer);
    return answer;
  }

  @Override
  public long write(int fd, MemorySegment buffer) {
    long answer = super.write(fd, buffer);
    line(call("write", fd, bytes(buffer, buffer.byteSize()), buffer.byteSize()), answer);
    return answer;
  }

  @Override
  public int readFile(String path, byte[] buffer) {
    int answer = super.readFile(path, buffer);
    line(
        call("readFile", quoted(path), bytes(MemorySegment.ofArray(buffer), answer), buffer.length),
        answer);
    return answer;
  }

  @Override
  public int writeFile(String path, byte[] content) {
    int answer = super.writeFile(path, content);
    line(
        call(
            "writeFile",
            quoted(path),
            bytes(MemorySegment.ofArray(content), content.length),
            content.length),
        answer);
    return answer;
  }

  @Override
  public int listFolder(String path, List<String> names) {
    int already = names.size();
    int answer = super.listFolder(path, names);
    line(call("listFolder", quoted(path), texts(names.subList(already, names.size()))), answer);
    return answer;
  }

  @Override
  public int readLink(String path, List<String> target) {
    int already = target.size();
    int answer = super.readLink(path, target);
    line(call("readLink", quoted(path), texts(target.subList(already, target.size()))), answer);
    return answer;
  }

  /**
   * {@inheritDoc} Its line is written before the call, since a call that succeeds does not return.
   */
  @Override
  public int execve(String path, List<String> arguments, List<String> environment) {
    String call =
        call(
            "execve", quoted(path), texts(arguments), "/* " + environment.size() + " variables */");
    write(call + " = ?");
    int answer = super.execve(path, arguments, environment);
    line(call, answer);
    return answer;
  }

  @Override
  public int mkdir(String path, int mode) {
    int answer = super.mkdir(path, mode);
    line(call("mkdir", quoted(path), "0" + Integer.toOctalString(mode)), answer);
    return answer;
  }

  @Override
  public int unlink(String path) {
    int answer = super.unlink(path);
    line(call("unlink", quoted(path)), answer);
    return answer;
  }

  @Override
  public int fchmod(int fd, int mode) {
    int answer = super.fchmod(fd, mode);
    line(call("fchmod", fd, "0" + Integer.toOctalString(mode)), answer);
    return answer;
  }

  @Override
  public int getpid() {
    int answer = super.getpid();
    line(call("getpid"), answer);
    return answer;
  }
}
