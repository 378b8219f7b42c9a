package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.KexecUapi;
import io.holdfast.uapi.RebootUapi;
import java.util.Optional;

/**
 * The kernel that the next kexec starts, in the one place the kernel has for it.
 *
 * <p>Always loaded by {@code kexec_file_load(2)}: what is loaded by {@code kexec_load(2)} is
 * started without what was preserved. Needs CAP_SYS_BOOT. Keeps no state; thread-safe.
 */
public final class KexecImage {
  private KexecImage() {}

  /**
   * Loads a kernel, in place of one that was loaded before.
   *
   * @param kernel the image's path
   * @param initrd the initial RAM disk's path
   * @param commandLine the next kernel's command line
   * @throws io.holdfast.model.KernelException if a file cannot be opened or the kernel refuses it
   */
  public static void load(
      Syscalls syscalls, String kernel, Optional<String> initrd, String commandLine) {
    try (Descriptor image = open(syscalls, kernel)) {
      if (initrd.isEmpty()) {
        load(syscalls, kernel, image, -1, commandLine, KexecUapi.KEXEC_FILE_NO_INITRAMFS);
        return;
      }
      try (Descriptor disk = open(syscalls, initrd.get())) {
        int fd = disk.acquire();
        try {
          load(syscalls, kernel, image, fd, commandLine, 0);
        } finally {
          disk.release();
        }
      }
    }
  }

  private static void load(
      Syscalls syscalls, String path, Descriptor image, int initrd, String commandLine, int flags) {
    int kernel = image.acquire();
    try {
      int answer = syscalls.kexec_file_load(kernel, initrd, commandLine, flags);
      KernelErrors.check(answer, "kexec_file_load", path);
    } finally {
      image.release();
    }
  }

  private static Descriptor open(Syscalls syscalls, String path) {
    int flags = FcntlUapi.O_RDONLY | FcntlUapi.O_CLOEXEC;
    int fd = KernelErrors.check(syscalls.open(path, flags, 0), "open", path);
    return new Descriptor(syscalls, fd, path);
  }

  /**
   * Starts the loaded kernel at once: no process is told to end, no file system is synced. On a
   * real kernel this does not return.
   */
  public static void start(Syscalls syscalls) {
    int answer = syscalls.reboot(RebootUapi.LINUX_REBOOT_CMD_KEXEC);
    KernelErrors.check(answer, "reboot", "LINUX_REBOOT_CMD_KEXEC");
  }
}
