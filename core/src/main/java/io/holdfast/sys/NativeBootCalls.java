package io.holdfast.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Replacing the running kernel; the part of {@link NativeSyscalls} that {@link BootCalls} is. */
abstract sealed class NativeBootCalls extends NativeNumaCalls implements BootCalls
    permits NativeSocketCalls {
  @Override
  public final int kexec_file_load(int kernelFd, int initrdFd, String commandLine, long flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = NativePathCalls.string(arena, commandLine);
      return LibcBoot.kexec_file_load(kernelFd, initrdFd, text, text.byteSize(), flags);
    }
  }

  @Override
  public final int reboot(int command) {
    return LibcBoot.reboot(command);
  }
}
