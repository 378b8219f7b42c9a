package io.holdfast.sim;

import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.MemorySegment;

/** An open character device: requests are all it knows, so that most else is EINVAL. */
abstract class CharacterDeviceFile extends OpenFile {
  private final String path;
  private final int permissions;
  private final DeviceNumbers number;
  private SimulatedProcess isolated;

  /** {@code permissions} are those devtmpfs gives the node. */
  CharacterDeviceFile(String path, int permissions, DeviceNumbers number) {
    this.path = path;
    this.permissions = permissions;
    this.number = number;
  }

  /** It is opened through mounts that only this process has. */
  final void openedBy(SimulatedProcess process) {
    isolated = process;
  }

  @Override
  final String describe() {
    // When the mounts are gone, the path begins at what was mounted on /dev.
    return isolated == null || !isolated.isDead() ? path : path.substring("/dev".length());
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
    number.fill(statx);
  }
}
