package io.holdfast.sys;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's functions on the kernel as a whole. */
final class LibcBoot {
  /** {@code __NR_kexec_file_load}. */
  private static final long KEXEC_FILE_LOAD = Libc.systemCall(320, 294);

  private static final class Syscall {
    static final MethodHandle HANDLE = CCall.ofPointers("syscall");
  }

  private static final class Reboot {
    static final MethodHandle HANDLE = CCall.ofNumbers("reboot");
  }

  private LibcBoot() {}

  static int kexec_file_load(
      int kernelFd, int initrdFd, MemorySegment commandLine, long length, long flags) {
    return CCall.ofInt(
        CCall.pointers(
            Syscall.HANDLE,
            CCall.number(KEXEC_FILE_LOAD),
            CCall.number(kernelFd),
            CCall.number(initrdFd),
            CCall.number(length),
            commandLine,
            CCall.number(flags)));
  }

  static int reboot(int command) {
    return CCall.ofInt(CCall.numbers(Reboot.HANDLE, command));
  }
}
