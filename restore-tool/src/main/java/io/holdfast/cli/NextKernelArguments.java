package io.holdfast.cli;

import io.holdfast.linux.KernelCommandLine;
import io.holdfast.linux.SmallFiles;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say which kernel comes next. */
final class NextKernelArguments {
  @Option(
      names = "--kernel",
      paramLabel = "IMAGE",
      description = "The next kernel. Default: /boot/vmlinuz- and this kernel's release.")
  private String kernel;

  @Option(
      names = "--initrd",
      paramLabel = "FILE",
      description =
          "Its initial RAM disk; an empty name for none. Default: the one of its release beside it,"
              + " if there is one.")
  private String initrd;

  @Option(
      names = "--cmdline",
      paramLabel = "TEXT",
      description =
          "Its command line. Default: this kernel's. kho=on and liveupdate=on are added where they"
              + " are not named.")
  private String commandLine;

  /**
   * The kernel to come.
   *
   * @param image the path of its image
   * @param initrd the path of its initial RAM disk
   * @param commandLine its command line
   */
  record NextKernel(String image, Optional<String> initrd, String commandLine) {}

  NextKernel resolve(Syscalls syscalls) {
    String image = kernel != null ? kernel : running(syscalls);
    return new NextKernel(image, initrd(syscalls, image), commandLine(syscalls));
  }

  private static String running(Syscalls syscalls) {
    return "/boot/vmlinuz-" + SmallFiles.require(syscalls, "/proc/sys/kernel/osrelease");
  }

  private Optional<String> initrd(Syscalls syscalls, String image) {
    if (initrd != null) {
      return initrd.isEmpty() ? Optional.empty() : Optional.of(initrd);
    }
    int slash = image.lastIndexOf('/');
    String directory = image.substring(0, slash + 1);
    String name = image.substring(slash + 1);
    int dash = name.indexOf('-');
    if (dash < 0) {
      return Optional.empty();
    }
    String release = name.substring(dash + 1);
    List<String> there =
        SmallFiles.listable(syscalls, directory.isEmpty() ? "." : directory).orElse(List.of());
    return List.of("initrd.img-" + release, "initramfs-" + release + ".img", "initrd-" + release)
        .stream()
        .filter(there::contains)
        .findFirst()
        .map(found -> directory + found);
  }

  private String commandLine(Syscalls syscalls) {
    String given = commandLine;
    if (given == null) {
      given = SmallFiles.readable(syscalls, "/proc/cmdline").orElse("");
    }
    List<String> words = new ArrayList<>(KernelCommandLine.words(given));
    for (String key : List.of("kho", "liveupdate")) {
      if (KernelCommandLine.valueIn(given, key).isEmpty()) {
        words.add(key + "=on");
      }
    }
    return String.join(" ", words);
  }
}
