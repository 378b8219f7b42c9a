package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.TreeMap;

/** A process's system calls that name a path. */
final class PathCalls {
  private static final int O_DIRECTORY = 0200000;
  private static final String DESCRIPTORS = "/proc/self/fd";

  private final SimulatedKernel kernel;
  private final SimulatedProcess process;

  PathCalls(SimulatedKernel kernel, SimulatedProcess process) {
    this.kernel = kernel;
    this.process = process;
  }

  private Node find(String path) {
    return kernel.boot().namespace().find(path);
  }

  OpenFile open(String path, int flags) {
    Node node = findOrCreate(path, flags);
    if (node instanceof Node.Socket) {
      throw Failure.of(Errno.ENXIO);
    }
    if ((flags & O_DIRECTORY) != 0 && !(node instanceof Node.Directory)) {
      throw Failure.of(Errno.ENOTDIR);
    }
    if (node instanceof Node.ProcessFile file) {
      return file.open().apply(process);
    }
    if (!(node instanceof Node.Device device)) {
      return new PseudoFile(process, node, path, flags);
    }
    OpenFile file = device.open().apply(process, flags);
    if (process.isIsolated() && file instanceof CharacterDeviceFile opened) {
      opened.openedBy(process);
    }
    return file;
  }

  /** Nothing can be created: EROFS. */
  private Node findOrCreate(String path, int flags) {
    try {
      return find(path);
    } catch (Failure failure) {
      boolean create = (flags & FcntlUapi.O_CREAT) != 0;
      throw create && failure.errno() == Errno.ENOENT ? Failure.of(Errno.EROFS) : failure;
    }
  }

  void mkdir(String path, int mode) {
    kernel
        .boot()
        .namespace()
        .make(path, new Node.Directory(new TreeMap<>(), mode & 0777, process.credentials().uid()));
  }

  void unlink(String path) {
    kernel.boot().namespace().unlink(path);
  }

  void stat(String path, boolean follow, MemorySegment statx) {
    if (follow && path.startsWith(DESCRIPTORS + "/")) {
      process.descriptors().find(path.substring(DESCRIPTORS.length() + 1)).stat(statx);
      return;
    }
    PseudoFile.fill(kernel.boot().namespace().find(path, follow), statx);
  }

  int read(String path, byte[] buffer) {
    Node node = find(path);
    if (node instanceof Node.Device || node instanceof Node.ProcessFile) {
      throw Failure.of(Errno.EINVAL);
    }
    return new PseudoFile(process, node, path, FcntlUapi.O_RDONLY).readAll(buffer);
  }

  int write(String path, byte[] content) {
    new PseudoFile(process, find(path), path, FcntlUapi.O_WRONLY).write(content);
    return content.length;
  }

  int list(String path, List<String> names) {
    if (path.equals(DESCRIPTORS)) {
      List<Integer> numbers = process.descriptors().numbers();
      numbers.forEach(fd -> names.add(Integer.toString(fd)));
      return numbers.size();
    }
    if (!(find(path) instanceof Node.Directory directory)) {
      throw Failure.of(Errno.ENOTDIR);
    }
    names.addAll(directory.children().keySet());
    return directory.children().size();
  }

  /** Where a link leads. */
  String link(String path) {
    if (path.startsWith(DESCRIPTORS + "/")) {
      return process.descriptors().find(path.substring(DESCRIPTORS.length() + 1)).describe();
    }
    if (kernel.boot().namespace().find(path, false) instanceof Node.Link link) {
      return link.target();
    }
    throw Failure.of(Errno.EINVAL);
  }
}
