package io.holdfast.journal;

import io.holdfast.sys.Errno;
import io.holdfast.sys.FileSpace;
import java.io.IOException;
import java.io.UncheckedIOException;
import net.openhft.posix.internal.PosixAPIHolder;
import net.openhft.posix.internal.noop.NoOpPosixAPI;

/**
 * Makes the one system call that Chronicle Map makes by itself for a journal: reserving the file's
 * blocks.
 *
 * <p>Chronicle's own implementation comes with jnr, which unpacks a shared object into the
 * temporary directory and loads it from there, as root too. Holdfast leaves jnr out. Chronicle then
 * silently reserves nothing, so this class takes the place of its no-op. An application that has
 * jnr on its class path for its own use of Chronicle keeps Chronicle's implementation.
 */
final class ChroniclePosix extends NoOpPosixAPI {
  private ChroniclePosix() {
    super("Holdfast implements fallocate only");
  }

  /** Has Chronicle use this class, unless it is in use already or jnr is there. */
  static void install() {
    if (PosixAPIHolder.POSIX_API == null && !jnrIsThere()) {
      PosixAPIHolder.POSIX_API = new ChroniclePosix();
    }
  }

  private static boolean jnrIsThere() {
    return PosixAPIHolder.class.getClassLoader().getResource("jnr/ffi/Platform.class") != null;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if there is no room
   */
  @Override
  public int fallocate(int fd, int mode, long offset, long length) {
    int result = FileSpace.reserve(fd, offset, length);
    if (result < 0) {
      throw new UncheckedIOException(
          new IOException("cannot reserve " + length + " bytes: " + Errno.describe(-result)));
    }
    return 0;
  }

  /** Nothing: a journal's file is forced to disk by the journal, with what is mapped of it. */
  @Override
  public int msync(long address, long length, int mode) {
    return 0;
  }
}
