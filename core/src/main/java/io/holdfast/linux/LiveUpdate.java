package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_RDWR;
import static io.holdfast.uapi.LiveupdateUapi.LIVEUPDATE_IOCTL_CREATE_SESSION;
import static io.holdfast.uapi.LiveupdateUapi.LIVEUPDATE_IOCTL_RETRIEVE_SESSION;
import static io.holdfast.uapi.LiveupdateUapi.LIVEUPDATE_SESSION_NAME_LENGTH;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_ioctl_create_session;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_ioctl_retrieve_session;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * An open {@code /dev/liveupdate}, the kernel's Live Update Orchestrator (LUO): makes sessions and
 * gives back those of the previous kernel.
 *
 * <p>Only one process may have it open, so it is opened for one request and closed at once; the
 * session's own descriptor is what must stay open. Mirrors {@code include/uapi/linux/liveupdate.h}.
 * Not thread-safe.
 */
public final class LiveUpdate extends Descriptor {
  /** Where the kernel shows it. */
  public static final String PATH = "/dev/liveupdate";

  private static final Duration OPEN_PATIENCE = Duration.ofSeconds(5);
  private static final long OPEN_PAUSE_MILLIS = 20;

  private LiveUpdate(Syscalls syscalls, int fd) {
    super(syscalls, fd, PATH);
  }

  /** Opens it, waiting a few seconds for another process that is just using it. */
  public static LiveUpdate open(Syscalls syscalls) {
    long deadline = System.nanoTime() + OPEN_PATIENCE.toNanos();
    int fd;
    while ((fd = syscalls.open(PATH, O_RDWR | O_CLOEXEC, 0)) == -Errno.EBUSY
        && System.nanoTime() < deadline) {
      try {
        Thread.sleep(OPEN_PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return new LiveUpdate(syscalls, KernelErrors.check(fd, "open " + PATH, ""));
  }

  /**
   * Makes a session that will be there after the next kexec, as long as its descriptor stays open
   * until then.
   */
  public LuoSession create(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(liveupdate_ioctl_create_session.LAYOUT.size(), 8);
      liveupdate_ioctl_create_session.size.set(argument, (int) argument.byteSize());
      putName(liveupdate_ioctl_create_session.name.slice(argument), name);
      int answer = ioctl(LIVEUPDATE_IOCTL_CREATE_SESSION, argument);
      KernelErrors.check(answer, "LIVEUPDATE_IOCTL_CREATE_SESSION", "session \"" + name + "\"");
      return new LuoSession(syscalls(), liveupdate_ioctl_create_session.fd.get(argument), name);
    }
  }

  /**
   * Takes a session of the previous kernel, or answers nothing if there is none of that name. A
   * session can be taken once: closing it discards whatever was not retrieved and finished.
   */
  public Optional<LuoSession> retrieve(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(liveupdate_ioctl_retrieve_session.LAYOUT.size(), 8);
      liveupdate_ioctl_retrieve_session.size.set(argument, (int) argument.byteSize());
      putName(liveupdate_ioctl_retrieve_session.name.slice(argument), name);
      int answer = ioctl(LIVEUPDATE_IOCTL_RETRIEVE_SESSION, argument);
      if (answer == -Errno.ENOENT) {
        return Optional.empty();
      }
      KernelErrors.check(answer, "LIVEUPDATE_IOCTL_RETRIEVE_SESSION", "session \"" + name + "\"");
      return Optional.of(
          new LuoSession(syscalls(), liveupdate_ioctl_retrieve_session.fd.get(argument), name));
    }
  }

  private static void putName(MemorySegment field, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length >= LIVEUPDATE_SESSION_NAME_LENGTH) {
      throw new IllegalArgumentException(
          "a session's name has 1 to %d bytes, not %d: \"%s\""
              .formatted(LIVEUPDATE_SESSION_NAME_LENGTH - 1, bytes.length, name));
    }
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, field, 0, bytes.length);
  }
}
