package io.holdfast.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * Calls to functions of the C library in three shapes.
 *
 * <p>Linking a signature takes a JVM milliseconds, and no start-up cache keeps what comes of it, so
 * functions share signatures: of numbers, mixed, and of pointers. An argument takes the same
 * register whatever its C type is, as long as it is an integer or a pointer (System V x86-64,
 * AAPCS64 and the RISC-V calling convention); a function reads as much of it as its own type has,
 * and does not look at registers it has no argument for. For the same reason each is called as if
 * it were variadic from its second argument on, which on x86-64 adds that no vector register is
 * used. Only the lower half of an answer counts where the C type is {@code int}.
 *
 * <p>They are ordinary downcalls, never {@code Linker.Option.critical}: any of them may sleep in
 * the kernel (an ioctl that pins memory does), and a critical call keeps its thread from reaching a
 * safepoint, so that one sleeping ioctl would stop the garbage collector and with it every other
 * thread. A virtual thread stays on its carrier for the length of a call.
 *
 * <p>The JVM copies errno into a segment of the calling thread before anything else can run on it.
 * The segment belongs to the thread (platform or virtual), is made at its first call and freed
 * after its death.
 */
final class CCall {
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> CAPTURE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

  private static final FunctionDescriptor NUMBERS =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final FunctionDescriptor MIXED =
      FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  private static final FunctionDescriptor POINTERS =
      FunctionDescriptor.of(
          JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);

  private CCall() {}

  /**
   * A function that takes numbers only, to be called with {@link #numbers}.
   *
   * @throws MissingSymbolException the C library has no such function
   * @throws NativeAccessDeniedException the JVM denies native access
   */
  static MethodHandle ofNumbers(String symbol) {
    return link(symbol, NUMBERS);
  }

  /** A function to be called with {@link #mixed}; for the exceptions see {@link #ofNumbers}. */
  static MethodHandle ofMixed(String symbol) {
    return link(symbol, MIXED);
  }

  /** A function to be called with {@link #pointers}; for the exceptions see {@link #ofNumbers}. */
  static MethodHandle ofPointers(String symbol) {
    return link(symbol, POINTERS);
  }

  private static MethodHandle link(String symbol, FunctionDescriptor descriptor) {
    return LinkerHelper.downcall(
        symbol,
        descriptor,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(1));
  }

  static long numbers(MethodHandle function, long a) {
    return numbers(function, a, 0, 0, 0, 0, 0);
  }

  static long numbers(MethodHandle function, long a, long b) {
    return numbers(function, a, b, 0, 0, 0, 0);
  }

  static long numbers(MethodHandle function, long a, long b, long c) {
    return numbers(function, a, b, c, 0, 0, 0);
  }

  static long numbers(MethodHandle function, long a, long b, long c, long d, long e, long f) {
    MemorySegment state = CAPTURE.get();
    try {
      return (long) function.invokeExact(state, a, b, c, d, e, f);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  static long mixed(MethodHandle function, long a, MemorySegment b, MemorySegment c) {
    return mixed(function, a, b, c, 0, MemorySegment.NULL);
  }

  static long mixed(MethodHandle function, long a, MemorySegment b, MemorySegment c, long d) {
    return mixed(function, a, b, c, d, MemorySegment.NULL);
  }

  /**
   * A number, mostly a descriptor; two pointers, a number and a pointer, as most functions have
   * them. Where a function has a number for a pointer, {@link #number} makes one.
   */
  static long mixed(
      MethodHandle function, long a, MemorySegment b, MemorySegment c, long d, MemorySegment e) {
    MemorySegment state = CAPTURE.get();
    try {
      return (long) function.invokeExact(state, a, b, c, d, e);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** Up to seven pointers, or what {@link #number} makes of a number; for what is seldom called. */
  static long pointers(MethodHandle function, MemorySegment... arguments) {
    MemorySegment state = CAPTURE.get();
    MemorySegment[] all = Arrays.copyOf(arguments, POINTERS.argumentLayouts().size());
    Arrays.fill(all, arguments.length, all.length, MemorySegment.NULL);
    try {
      return (long)
          function.invokeExact(state, all[0], all[1], all[2], all[3], all[4], all[5], all[6]);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  /** A number where a shape has a pointer: an address that nothing is read from. */
  static MemorySegment number(long value) {
    return MemorySegment.ofAddress(value);
  }

  /** What a function has answered whose C type is {@code int}: that, or {@code -errno}. */
  static int ofInt(long answer) {
    return (int) answer == -1 ? -errno() : (int) answer;
  }

  /** What a function has answered whose C type is {@code long}: that, or {@code -errno}. */
  static long ofLong(long answer) {
    return answer == -1 ? -errno() : answer;
  }

  /** The errno of this thread's last call. */
  private static int errno() {
    return CAPTURE.get().get(JAVA_INT, ERRNO);
  }

  /** What a downcall itself refuses (a closed or a heap segment) passes through unchanged. */
  private static RuntimeException unexpected(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException refused ? refused : new IllegalStateException(thrown);
  }
}
