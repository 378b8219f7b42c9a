package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.KexecUapi;
import io.holdfast.uapi.RebootUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A process's system calls that load the next kernel and start it. */
final class KexecCalls {
  /** {@code KEXEC_FILE_FLAGS} of the kernel's own {@code linux/kexec.h}. */
  private static final long KNOWN_FLAGS = 0x3f;

  /** {@code COMMAND_LINE_SIZE} of x86, less its terminating zero. */
  private static final int MOST_COMMAND_LINE_BYTES = 2047;

  /** Where the setup header of {@code arch/x86/include/uapi/asm/bootparam.h} has its fields. */
  private static final int SIGNATURE = 0x202;

  private static final int PROTOCOL = 0x206;
  private static final int VERSION_POINTER = 0x20e;
  private static final int VERSION = 0x400;
  private static final byte[] HDRS = "HdrS".getBytes(StandardCharsets.US_ASCII);

  private final SimulatedKernel kernel;
  private final SimulatedProcess caller;

  KexecCalls(SimulatedKernel kernel, SimulatedProcess caller) {
    this.kernel = kernel;
    this.caller = caller;
  }

  /** A kernel image: the header of one, with its release, and no code. */
  static byte[] image(String release) {
    byte[] text = release.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(VERSION + text.length + 1)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(SIGNATURE, HDRS)
        .putShort(PROTOCOL, (short) 0x20f)
        .putShort(VERSION_POINTER, (short) (VERSION - 0x200))
        .put(VERSION, text)
        .array();
  }

  void load(int kernelFd, int initrdFd, String commandLine, long flags) {
    requireBoot();
    if ((flags & ~KNOWN_FLAGS) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if ((flags & KexecUapi.KEXEC_FILE_UNLOAD) != 0) {
      kernel.boot().loadImage(Optional.empty());
      return;
    }
    MemorySegment image = MemorySegment.ofArray(new byte[VERSION]);
    if (read(kernelFd, image) < VERSION
        || image.asSlice(SIGNATURE, HDRS.length).mismatch(MemorySegment.ofArray(HDRS)) != -1) {
      throw Failure.of(Errno.ENOEXEC);
    }
    if ((flags & KexecUapi.KEXEC_FILE_NO_INITRAMFS) == 0) {
      read(initrdFd, MemorySegment.ofArray(new byte[1]));
    }
    if (commandLine.getBytes(StandardCharsets.UTF_8).length > MOST_COMMAND_LINE_BYTES) {
      throw Failure.of(Errno.EINVAL);
    }
    if ((flags & KexecUapi.KEXEC_FILE_ON_CRASH) != 0) {
      // No memory is reserved for a crash kernel (read in kernel/kexec_core.c, not tried).
      throw Failure.of(Errno.EADDRNOTAVAIL);
    }
    kernel.boot().loadImage(Optional.of(commandLine));
  }

  /** As {@code kernel_read_file_from_fd}: of a regular file that is open for reading. */
  private long read(int fd, MemorySegment into) {
    OpenFile file = caller.descriptors().get(fd);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(StatUapi.statx.LAYOUT.size());
      file.stat(status);
      if ((StatUapi.statx.stx_mode.get(status) & StatUapi.S_IFMT) != StatUapi.S_IFREG) {
        throw Failure.of(Errno.EINVAL);
      }
      MemorySegment content = arena.allocate(into.byteSize());
      long count = file.pread(content, 0);
      if (count == 0) {
        throw Failure.of(Errno.EINVAL);
      }
      MemorySegment.copy(content, ValueLayout.JAVA_BYTE, 0, into, ValueLayout.JAVA_BYTE, 0, count);
      return count;
    }
  }

  void reboot(int command) {
    requireBoot();
    if (command != RebootUapi.LINUX_REBOOT_CMD_KEXEC) {
      throw Failure.of(Errno.EINVAL);
    }
    String commandLine =
        kernel.boot().file().nextCommandLine().orElseThrow(() -> Failure.of(Errno.EINVAL));
    kernel.kexec(KexecMode.FILE, kernel.machine().withCommandLine(commandLine));
  }

  private void requireBoot() {
    if (!caller.credentials().has(Credentials.CAP_SYS_BOOT)) {
      throw Failure.of(Errno.EPERM);
    }
  }
}
