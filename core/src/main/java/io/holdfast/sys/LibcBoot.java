package io.holdfast.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's functions on the kernel as a whole. */
final class LibcBoot {
  /** {@code __NR_kexec_file_load}: x86-64 has its own number, arm64 and riscv64 the generic one. */
  private static final long KEXEC_FILE_LOAD =
      switch (System.getProperty("os.arch")) {
        case "amd64" -> 320;
        case "aarch64", "riscv64" -> 294;
        default -> -1; // ENOSYS
      };

  private static final class Syscall {
    static final MethodHandle HANDLE =
        Libc.variadic(
            "syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG);
  }

  private static final class Reboot {
    static final MethodHandle HANDLE = Libc.function("reboot", JAVA_INT, JAVA_INT);
  }

  private LibcBoot() {}

  static int kexec_file_load(
      int kernelFd, int initrdFd, MemorySegment commandLine, long length, long flags) {
    MemorySegment state = Libc.state();
    try {
      long answer =
          (long)
              Syscall.HANDLE.invokeExact(
                  state, KEXEC_FILE_LOAD, kernelFd, initrdFd, length, commandLine, flags);
      return Libc.answer(state, (int) answer);
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }

  static int reboot(int command) {
    MemorySegment state = Libc.state();
    try {
      return Libc.answer(state, (int) Reboot.HANDLE.invokeExact(state, command));
    } catch (Throwable thrown) {
      throw Libc.unexpected(thrown);
    }
  }
}
