package io.holdfast.sys;

/**
 * The system calls that replace the kernel, a part of {@link Syscalls}. Both need CAP_SYS_BOOT.
 *
 * <p>Each method returns a value {@code >= 0}, or {@code -errno}.
 */
public interface BootCalls {
  /**
   * {@code kexec_file_load(2)}: loads the kernel that the next kexec starts. Of the two ways to
   * load one it is the one that hands preserved memory over.
   *
   * @param initrdFd not looked at with KEXEC_FILE_NO_INITRAMFS
   * @param commandLine the next kernel's, without the terminating zero
   * @param flags KEXEC_FILE_… of {@code linux/kexec.h}
   */
  int kexec_file_load(int kernelFd, int initrdFd, String commandLine, long flags);

  /**
   * {@code reboot(2)}: LINUX_REBOOT_CMD_KEXEC starts the loaded kernel at once, without stopping a
   * process, syncing a disk or unmounting. It returns only where it is refused; on the simulated
   * kernel it returns 0 to a process that is dead by then.
   */
  int reboot(int command);
}
