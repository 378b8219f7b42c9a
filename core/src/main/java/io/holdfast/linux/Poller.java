package io.holdfast.linux;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import io.holdfast.uapi.PollUapi;
import io.holdfast.uapi.PollUapi.pollfd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Waits for several descriptors at once, as {@code poll(2)} does. */
public final class Poller {
  /**
   * A descriptor that is ready.
   *
   * @param place its place in the list that was asked about
   * @param hungUp whether the other end is gone, so that nothing more will come
   */
  public record Ready(int place, boolean hungUp) {}

  private Poller() {}

  /**
   * Waits until one has something to receive or its other end is gone.
   *
   * @param timeoutMillis how long to wait, 0 not to, -1 for ever
   * @return those that are ready, in the list's order; none when the time is up or a signal came
   */
  public static List<Ready> await(
      Syscalls syscalls, List<? extends Descriptor> descriptors, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      long size = pollfd.LAYOUT.size();
      MemorySegment all = arena.allocate(size * Math.max(1, descriptors.size()), 4);
      all = all.asSlice(0, size * descriptors.size());
      int count = poll(syscalls, descriptors, all, timeoutMillis);
      if (count == -Errno.EINTR) {
        return List.of();
      }
      KernelErrors.check(count, "poll", descriptors.size() + " descriptors");
      List<Ready> ready = new ArrayList<>();
      for (int i = 0; i < descriptors.size(); i++) {
        int events = pollfd.revents.get(all.asSlice(i * size, size));
        if (events != 0) {
          ready.add(new Ready(i, (events & ~PollUapi.POLLIN) != 0));
        }
      }
      return ready;
    }
  }

  private static int poll(
      Syscalls syscalls,
      List<? extends Descriptor> descriptors,
      MemorySegment all,
      int timeoutMillis) {
    try (Undo uses = new Undo()) {
      long at = 0;
      for (int number : Descriptor.acquireAll(descriptors, uses)) {
        MemorySegment entry = all.asSlice(at, pollfd.LAYOUT.size());
        pollfd.fd.set(entry, number);
        pollfd.events.set(entry, PollUapi.POLLIN);
        at += pollfd.LAYOUT.size();
      }
      return syscalls.poll(all, timeoutMillis);
    }
  }
}
