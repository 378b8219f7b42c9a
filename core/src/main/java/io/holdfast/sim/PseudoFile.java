package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** A file or directory of the simulated file system that a process has open. */
final class PseudoFile extends OpenFile {
  private final Node node;
  private final String path;
  private final int accessMode;
  private final byte[] content;
  private long position;

  PseudoFile(SimulatedProcess process, Node node, String path, int flags) {
    this.node = node;
    this.path = path;
    this.accessMode = flags & 3;
    boolean reads = accessMode != FcntlUapi.O_WRONLY;
    if (reads && node instanceof Node.Text text && text.read() == null) {
      throw Failure.of(Errno.EACCES);
    }
    this.content =
        reads && node instanceof Node.Text text ? text.read().apply(process) : new byte[0];
    boolean writes = accessMode != FcntlUapi.O_RDONLY;
    if (writes && node instanceof Node.Directory) {
      throw Failure.of(Errno.EISDIR);
    }
    if (writes && node instanceof Node.Text text && text.write() == null) {
      throw Failure.of(Errno.EACCES);
    }
  }

  @Override
  void release() {
    position = 0;
  }

  @Override
  String describe() {
    return path;
  }

  @Override
  int statusFlags() {
    return accessMode | O_LARGEFILE;
  }

  @Override
  long read(MemorySegment buffer) {
    long count = pread(buffer, position);
    position += count;
    return count;
  }

  @Override
  long pread(MemorySegment buffer, long offset) {
    if (node instanceof Node.Directory) {
      throw Failure.of(Errno.EISDIR);
    }
    if (accessMode == FcntlUapi.O_WRONLY) {
      throw Failure.of(Errno.EBADF);
    }
    if (offset < 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if (node instanceof Node.Config config) {
      long count = Math.clamp(config.function().config().size() - offset, 0, buffer.byteSize());
      if (count > 0) {
        config.function().config().read(offset, buffer.asSlice(0, count));
      }
      return count;
    }
    int count = (int) Math.clamp(content.length - offset, 0, buffer.byteSize());
    MemorySegment.copy(
        content, (int) Math.min(offset, content.length), buffer, ValueLayout.JAVA_BYTE, 0, count);
    return count;
  }

  @Override
  long pwrite(MemorySegment buffer, long offset) {
    if (accessMode == FcntlUapi.O_RDONLY) {
      throw Failure.of(Errno.EBADF);
    }
    if (node instanceof Node.Config config) {
      long count = Math.clamp(config.function().config().size() - offset, 0, buffer.byteSize());
      if (count > 0) {
        config.function().config().write(offset, buffer.asSlice(0, count));
      }
      return count;
    }
    write(buffer.toArray(ValueLayout.JAVA_BYTE));
    return buffer.byteSize();
  }

  void write(byte[] bytes) {
    if (node instanceof Node.Text text && text.write() != null) {
      text.write().accept(new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
    } else {
      throw Failure.of(Errno.EACCES);
    }
  }

  /** Fills a small buffer from the start. */
  int readAll(byte[] buffer) {
    if (node instanceof Node.Directory) {
      throw Failure.of(Errno.EISDIR);
    }
    if (node instanceof Node.Config config) {
      int count = Math.min(buffer.length, config.function().config().size());
      config.function().config().read(0, MemorySegment.ofArray(buffer).asSlice(0, count));
      return count;
    }
    byte[] part = content.length <= buffer.length ? content : Arrays.copyOf(content, buffer.length);
    System.arraycopy(part, 0, buffer, 0, part.length);
    return part.length;
  }

  @Override
  void stat(MemorySegment statx) {
    fill(node, statx);
  }

  static void fill(Node node, MemorySegment statx) {
    switch (node) {
      case Node.Directory directory -> {
        FileStatus.fill(statx, StatUapi.S_IFDIR | directory.permissions(), 2, 1, 0, 0);
        StatUapi.statx.stx_uid.set(statx, directory.uid());
      }
      case Node.Socket socket -> {
        FileStatus.fill(statx, StatUapi.S_IFSOCK | socket.permissions(), 1, 1, 0, 0);
        StatUapi.statx.stx_uid.set(statx, socket.uid());
      }
      case Node.Link link ->
          FileStatus.fill(statx, StatUapi.S_IFLNK | 0777, 1, 1, link.target().length(), 0);
      case Node.Text text ->
          FileStatus.fill(
              statx,
              StatUapi.S_IFREG | (text.write() == null ? 0444 : 0644),
              1,
              1,
              PhysicalMemory.PAGE_BYTES,
              0);
      case Node.Device device -> {
        FileStatus.fill(statx, StatUapi.S_IFCHR | 0600, 1, 1, 0, 0);
        device.number().fill(statx);
      }
      case Node.ProcessFile file ->
          FileStatus.fill(statx, StatUapi.S_IFREG | file.permissions(), 1, 1, 0, 0);
      case Node.Config config ->
          FileStatus.fill(
              statx, StatUapi.S_IFREG | 0644, 1, 1, config.function().config().size(), 0);
    }
  }
}
