package io.holdfast.lives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A native call of {@code poll(2)} that keeps a segment for some time: the kernel reads it at the
 * beginning and writes it at the end, where it fails with EFAULT if the memory has been unmapped
 * meanwhile.
 */
final class NativePoll {
  private static final MethodHandle POLL = poll();

  private NativePoll() {}

  @SuppressWarnings("restricted") // The only native call of a race.
  private static MethodHandle poll() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("poll"),
        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  }

  /** Waits with a segment as its one pollfd, of no descriptor; false if the kernel lost it. */
  static boolean of(MemorySegment memory, int millis) {
    memory.set(JAVA_INT, 0, -1);
    try {
      return (int) POLL.invokeExact(memory, 1L, millis) == 0;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
