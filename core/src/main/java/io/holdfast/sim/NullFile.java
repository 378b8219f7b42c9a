package io.holdfast.sim;

import io.holdfast.sys.Errno;
import java.lang.foreign.MemorySegment;

/** {@code /dev/null}: a file that nothing keeps, for asking what takes any file. */
final class NullFile extends CharacterDeviceFile {
  NullFile() {
    super("/dev/null", 0666, DeviceNumbers.NULL);
  }

  @Override
  void release() {}

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    throw Failure.of(Errno.ENOTTY);
  }

  @Override
  long read(MemorySegment buffer) {
    return 0;
  }

  @Override
  long pread(MemorySegment buffer, long offset) {
    return 0;
  }

  @Override
  long pwrite(MemorySegment buffer, long offset) {
    return buffer.byteSize();
  }
}
