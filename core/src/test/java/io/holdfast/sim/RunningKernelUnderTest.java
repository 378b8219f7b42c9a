package io.holdfast.sim;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The kernel this runs on, for the guest: {@code
 * -Dholdfast.kernelUnderTest=io.holdfast.sim.RunningKernelUnderTest}. Needs root and a noiommu
 * device in slot {@code -Dholdfast.device} (0000:00:04.0 by default).
 */
@SuppressWarnings("restricted")
public final class RunningKernelUnderTest implements KernelUnderTest {
  private static final int CAPABILITY_VERSION_3 = 0x20080522;
  private static final int RLIMIT_MEMLOCK = 8;

  private static final MethodHandle CAPGET = link("capget", ADDRESS);
  private static final MethodHandle CAPSET = link("capset", ADDRESS);
  private static final MethodHandle GETRLIMIT = link("getrlimit", JAVA_INT);
  private static final MethodHandle SETRLIMIT = link("setrlimit", JAVA_INT);

  private final Syscalls kernel = NativeSyscalls.open();

  @Override
  public Syscalls process() {
    return kernel;
  }

  @Override
  public Syscalls another() {
    return NativeSyscalls.open();
  }

  @Override
  public String device() {
    return System.getProperty("holdfast.device", "0000:00:04.0");
  }

  @Override
  public void without(int capability, Runnable body) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(8);
      header.set(JAVA_INT, 0, CAPABILITY_VERSION_3);
      MemorySegment data = arena.allocate(24);
      call(CAPGET, header, data);
      int at = capability / 32 * 12;
      int effective = data.get(JAVA_INT, at);
      data.set(JAVA_INT, at, effective & ~(1 << capability % 32));
      call(CAPSET, header, data);
      try {
        body.run();
      } finally {
        data.set(JAVA_INT, at, effective);
        call(CAPSET, header, data);
      }
    }
  }

  @Override
  public void withMemoryLockLimit(long bytes, Runnable body) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment before = arena.allocate(16);
      limit(GETRLIMIT, before);
      MemorySegment limit = arena.allocate(16);
      limit.set(JAVA_LONG, 0, bytes);
      limit.set(JAVA_LONG, 8, before.get(JAVA_LONG, 8));
      limit(SETRLIMIT, limit);
      try {
        without(Credentials.CAP_IPC_LOCK, body);
      } finally {
        limit(SETRLIMIT, before);
      }
    }
  }

  @Override
  public void kexec() {
    throw new UnsupportedOperationException("a kexec ends this process");
  }

  private static void call(MethodHandle function, MemorySegment header, MemorySegment data) {
    try {
      check((int) function.invokeExact(header, data));
    } catch (Throwable e) {
      throw new AssertionError("capget or capset", e);
    }
  }

  private static void limit(MethodHandle function, MemorySegment limit) {
    try {
      check((int) function.invokeExact(RLIMIT_MEMLOCK, limit));
    } catch (Throwable e) {
      throw new AssertionError("getrlimit or setrlimit", e);
    }
  }

  /** Linking takes longer than the call, above all under emulation, and so is done once. */
  private static MethodHandle link(String function, MemoryLayout first) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(function),
        FunctionDescriptor.of(JAVA_INT, first, ADDRESS));
  }

  private static void check(int answer) {
    if (answer != 0) {
      throw new AssertionError("failed with " + answer);
    }
  }

  @Override
  public void close() {
    kernel.close();
  }
}
