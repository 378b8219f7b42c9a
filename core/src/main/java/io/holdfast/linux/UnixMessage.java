package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.SocketUapi;

/**
 * A message as it came over a {@link UnixSocket}.
 *
 * @param answer how many bytes came, or {@code -errno}
 * @param bytes what came; empty where nothing did
 * @param fds the descriptors that came with it, which are the receiver's
 * @param flags MSG_TRUNC where the message was longer than the room for it, MSG_CTRUNC where
 *     descriptors were sent that did not arrive
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record UnixMessage(long answer, byte[] bytes, int[] fds, int flags) {
  /** Whether a part of the message is lost. */
  public boolean isCut() {
    return (flags & (SocketUapi.MSG_TRUNC | SocketUapi.MSG_CTRUNC)) != 0;
  }

  /** Whether descriptors were sent that did not arrive: no number was free, or too many came. */
  public boolean lostDescriptors() {
    return (flags & SocketUapi.MSG_CTRUNC) != 0;
  }

  /** Closes every descriptor that came. */
  public void closeDescriptors(Syscalls syscalls) {
    for (int fd : fds) {
      syscalls.close(fd);
    }
  }
}
