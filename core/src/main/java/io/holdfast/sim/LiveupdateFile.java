package io.holdfast.sim;

import static io.holdfast.uapi.LiveupdateUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_ioctl_create_session;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_ioctl_retrieve_session;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** An open {@code /dev/liveupdate}. */
final class LiveupdateFile extends CharacterDeviceFile {
  private final LiveUpdate liveUpdate;

  LiveupdateFile(LiveUpdate liveUpdate) {
    super("/dev/liveupdate", 0600, DeviceNumbers.LIVEUPDATE);
    this.liveUpdate = liveUpdate;
    liveUpdate.open();
  }

  @Override
  void release() {
    liveUpdate.close();
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (request == LIVEUPDATE_IOCTL_CREATE_SESSION) {
      MemorySegment in = UserMemory.struct(argument, liveupdate_ioctl_create_session.LAYOUT, 72);
      String name = name(liveupdate_ioctl_create_session.name.slice(in), Errno.EINVAL);
      caller.descriptors().reserve();
      int fd = install(caller, liveUpdate.create(name));
      liveupdate_ioctl_create_session.fd.set(in, fd);
    } else if (request == LIVEUPDATE_IOCTL_RETRIEVE_SESSION) {
      MemorySegment in = UserMemory.struct(argument, liveupdate_ioctl_retrieve_session.LAYOUT, 72);
      String name = name(liveupdate_ioctl_retrieve_session.name.slice(in), Errno.ENOENT);
      caller.descriptors().reserve();
      int fd = install(caller, liveUpdate.retrieve(name));
      liveupdate_ioctl_retrieve_session.fd.set(in, fd);
    } else {
      throw Failure.of(unknown(argument, request, 0, 2));
    }
    return 0;
  }

  private int install(SimulatedProcess caller, LuoSession session) {
    return caller.descriptors().install(new LuoSessionFile(liveUpdate, session), true);
  }

  /** A number outside the table is EINVAL, one inside with another type ENOTTY. */
  static int unknown(MemorySegment argument, long request, int first, int count) {
    long number = request & 0xff;
    if (number < first || number >= first + count) {
      return Errno.EINVAL;
    }
    UserMemory.requireSize(argument);
    return Errno.ENOTTY;
  }

  private static String name(MemorySegment bytes, int tooLong) {
    int length = 0;
    while (length < LIVEUPDATE_SESSION_NAME_LENGTH
        && bytes.get(ValueLayout.JAVA_BYTE, length) != 0) {
      length++;
    }
    if (length == LIVEUPDATE_SESSION_NAME_LENGTH) {
      throw Failure.of(tooLong);
    }
    return new String(
        bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
  }
}
