package io.holdfast.sim;

import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.MemorySegment;

/** An open character device: requests are all it knows, so that most else is EINVAL. */
abstract class CharacterDeviceFile extends OpenFile {
  private final String path;
  private final int permissions;

  /** {@code permissions} are those devtmpfs gives the node. */
  CharacterDeviceFile(String path, int permissions) {
    this.path = path;
    this.permissions = permissions;
  }

  @Override
  final String describe() {
    return path;
  }

  @Override
  final int statusFlags() {
    return FcntlUapi.O_RDWR | O_LARGEFILE;
  }

  @Override
  abstract int ioctl(SimulatedProcess caller, long request, MemorySegment argument);

  @Override
  int ioctl(SimulatedProcess caller, long request, long argument) {
    return ioctl(caller, request, MemorySegment.NULL);
  }

  @Override
  final void stat(MemorySegment statx) {
    FileStatus.fill(statx, StatUapi.S_IFCHR | permissions, 1, 0, 0, 0);
  }
}
