package io.holdfast.sim;

import static io.holdfast.uapi.LiveupdateUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_finish;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_get_name;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_preserve_fd;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_retrieve_fd;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** The descriptor of a live-update session. */
final class LuoSessionFile extends AnonymousFile {
  private final LiveUpdate liveUpdate;
  private final LuoSession session;

  LuoSessionFile(LiveUpdate liveUpdate, LuoSession session) {
    this.liveUpdate = liveUpdate;
    this.session = session;
  }

  LuoSession session() {
    return session;
  }

  @Override
  void release() {
    liveUpdate.close(session);
  }

  @Override
  String describe() {
    // Names are bytes to the kernel, whoever reads them takes them for UTF-8.
    byte[] name = session.name().getBytes(StandardCharsets.ISO_8859_1);
    return "anon_inode:[luo_session] " + new String(name, StandardCharsets.UTF_8);
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, long argument) {
    return ioctl(caller, request, MemorySegment.NULL);
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (request == LIVEUPDATE_SESSION_PRESERVE_FD) {
      direct(argument, !session.isIncoming());
      MemorySegment in = UserMemory.struct(argument, liveupdate_session_preserve_fd.LAYOUT, 16);
      long token = liveupdate_session_preserve_fd.token.get(in);
      if (session.files().containsKey(token)) {
        throw Failure.of(Errno.EEXIST);
      }
      liveUpdate.preserve(
          session, token, caller.descriptors().get(liveupdate_session_preserve_fd.fd.get(in)));
    } else if (request == LIVEUPDATE_SESSION_RETRIEVE_FD) {
      direct(argument, session.isIncoming());
      MemorySegment in = UserMemory.struct(argument, liveupdate_session_retrieve_fd.LAYOUT, 16);
      caller.descriptors().reserve();
      MemfdFile file =
          liveUpdate.retrieveFile(caller, session, liveupdate_session_retrieve_fd.token.get(in));
      liveupdate_session_retrieve_fd.fd.set(in, caller.descriptors().install(file, true));
    } else if (request == LIVEUPDATE_SESSION_FINISH) {
      direct(argument, session.isIncoming());
      MemorySegment in = UserMemory.struct(argument, liveupdate_session_finish.LAYOUT, 8);
      if (liveupdate_session_finish.reserved.get(in) != 0) {
        throw Failure.of(Errno.EINVAL);
      }
      liveUpdate.finish(session);
    } else if (request == LIVEUPDATE_SESSION_GET_NAME) {
      MemorySegment in = UserMemory.struct(argument, liveupdate_session_get_name.LAYOUT, 72);
      if (liveupdate_session_get_name.reserved.get(in) != 0) {
        throw Failure.of(Errno.EINVAL);
      }
      MemorySegment name = liveupdate_session_get_name.name.slice(in);
      byte[] bytes = session.name().getBytes(StandardCharsets.ISO_8859_1);
      name.fill((byte) 0);
      MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, 0, bytes.length);
    } else {
      throw Failure.of(LiveupdateFile.unknown(argument, request, 0x40, 4));
    }
    return 0;
  }

  /** The wrong direction is noticed before the struct is looked at, but not before its pointer. */
  private static void direct(MemorySegment argument, boolean right) {
    UserMemory.requireSize(argument);
    if (!right) {
      throw Failure.of(Errno.EINVAL);
    }
  }
}
