package io.holdfast.linux;

import static io.holdfast.uapi.LiveupdateUapi.LIVEUPDATE_SESSION_FINISH;
import static io.holdfast.uapi.LiveupdateUapi.LIVEUPDATE_SESSION_GET_NAME;
import static io.holdfast.uapi.LiveupdateUapi.LIVEUPDATE_SESSION_PRESERVE_FD;
import static io.holdfast.uapi.LiveupdateUapi.LIVEUPDATE_SESSION_RETRIEVE_FD;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_finish;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_get_name;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_preserve_fd;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_retrieve_fd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A live update session: files preserved under tokens, for the next kernel or from the previous
 * one.
 *
 * <p>An outgoing session lives as long as its descriptor: closing it, or the end of the process,
 * un-preserves everything. An incoming one can be retrieved from until {@link #finish}; closing it
 * discards what was not retrieved. Tokens are unsigned 64-bit numbers. Mirrors {@code
 * include/uapi/linux/liveupdate.h}. Thread-safe.
 */
public final class LuoSession extends Descriptor {
  private static final long UNUSED_TOKEN = -1;

  private final String name;

  /** Takes over an open session descriptor. */
  public LuoSession(Syscalls syscalls, int fd, String name) {
    super(syscalls, fd, "live update session \"" + name + "\"");
    this.name = name;
  }

  /** Takes over an open session descriptor whose name the kernel tells. */
  public static LuoSession adopt(Syscalls syscalls, int fd) {
    return new LuoSession(syscalls, fd, nameOf(syscalls, fd));
  }

  /** The session's name. */
  public String name() {
    return name;
  }

  /** Preserves an open file under a token; the descriptor may be closed afterwards. */
  public void preserve(Descriptor file, long token) {
    KernelErrors.check(
        tryPreserve(file, token),
        "LIVEUPDATE_SESSION_PRESERVE_FD",
        subject(token) + ", " + file.what());
  }

  /**
   * As {@link #preserve}, but returns 0 or {@code -errno}: for files the kernel may or may not be
   * able to preserve.
   */
  public int tryPreserve(Descriptor file, long token) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(liveupdate_session_preserve_fd.LAYOUT.size(), 8);
      liveupdate_session_preserve_fd.size.set(argument, (int) argument.byteSize());
      liveupdate_session_preserve_fd.token.set(argument, token);
      liveupdate_session_preserve_fd.fd.set(argument, file.acquire());
      try {
        return ioctl(LIVEUPDATE_SESSION_PRESERVE_FD, argument);
      } finally {
        file.release();
      }
    }
  }

  /**
   * Gets back the file preserved under a token; repeatable while it succeeds. A failure is final,
   * and has freed the file's pages.
   */
  public int retrieve(long token) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = retrieval(arena, token);
      int answer = ioctl(LIVEUPDATE_SESSION_RETRIEVE_FD, argument);
      KernelErrors.check(answer, "LIVEUPDATE_SESSION_RETRIEVE_FD", subject(token));
      return liveupdate_session_retrieve_fd.fd.get(argument);
    }
  }

  /**
   * Whether it is one for the next kernel, which gives nothing back; asking changes nothing. A
   * token that nobody uses is EINVAL there, and ENOENT in one that came from the previous kernel.
   */
  public boolean isOutgoing() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = retrieval(arena, UNUSED_TOKEN);
      int answer = ioctl(LIVEUPDATE_SESSION_RETRIEVE_FD, argument);
      if (answer != -Errno.EINVAL && answer != -Errno.ENOENT) {
        KernelErrors.check(answer, "LIVEUPDATE_SESSION_RETRIEVE_FD", subject(UNUSED_TOKEN));
        syscalls().close(liveupdate_session_retrieve_fd.fd.get(argument));
      }
      return answer == -Errno.EINVAL;
    }
  }

  /**
   * Ends an incoming session: what was not retrieved is discarded, what was belongs to this process
   * alone.
   */
  public void finish() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(liveupdate_session_finish.LAYOUT.size(), 8);
      liveupdate_session_finish.size.set(argument, (int) argument.byteSize());
      int answer = ioctl(LIVEUPDATE_SESSION_FINISH, argument);
      KernelErrors.check(answer, "LIVEUPDATE_SESSION_FINISH", "session \"" + name + "\"");
    }
  }

  private static MemorySegment retrieval(Arena arena, long token) {
    MemorySegment argument = arena.allocate(liveupdate_session_retrieve_fd.LAYOUT.size(), 8);
    liveupdate_session_retrieve_fd.size.set(argument, (int) argument.byteSize());
    liveupdate_session_retrieve_fd.token.set(argument, token);
    return argument;
  }

  private String subject(long token) {
    return "session \"" + name + "\", token " + Long.toUnsignedString(token);
  }

  private static String nameOf(Syscalls syscalls, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(liveupdate_session_get_name.LAYOUT.size(), 8);
      liveupdate_session_get_name.size.set(argument, (int) argument.byteSize());
      int answer = syscalls.ioctl(fd, LIVEUPDATE_SESSION_GET_NAME, argument);
      KernelErrors.check(answer, "LIVEUPDATE_SESSION_GET_NAME", "fd " + fd);
      // The field is within the struct and the kernel ends it with a zero; getString stops there or
      // refuses.
      return liveupdate_session_get_name.name.slice(argument).getString(0);
    }
  }
}
