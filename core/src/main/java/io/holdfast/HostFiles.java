package io.holdfast;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the small files of /proc and /sys, and tries devices, through the system-call seam.
 * Thread-safe.
 */
final class HostFiles {
  private static final int LARGEST_BYTES = 16 << 10;

  private final Syscalls kernel;

  HostFiles(Syscalls kernel) {
    this.kernel = kernel;
  }

  /** A small file's text without white space at its ends; empty if it cannot be read. */
  Optional<String> text(String path) {
    byte[] buffer = new byte[LARGEST_BYTES];
    int read = kernel.readFile(path, buffer);
    return read < 0
        ? Optional.empty()
        : Optional.of(
            new String(buffer, 0, Math.min(read, buffer.length), StandardCharsets.UTF_8).strip());
  }

  /**
   * The rest of the first line that starts with {@code label}, in a file such as /proc/self/status.
   */
  Optional<String> field(String path, String label) {
    return text(path)
        .flatMap(text -> text.lines().filter(line -> line.startsWith(label)).findFirst())
        .map(line -> line.substring(label.length()).strip());
  }

  /** The names in a folder, sorted; empty if there is no such folder. */
  Optional<List<String>> names(String folder) {
    List<String> names = new ArrayList<>();
    return kernel.listFolder(folder, names) < 0
        ? Optional.empty()
        : Optional.of(names.stream().sorted().toList());
  }

  /** The last part of what a link points to, which is how sysfs names drivers and groups. */
  Optional<String> linkName(String path) {
    List<String> target = new ArrayList<>();
    if (kernel.readLink(path, target) < 0 || target.isEmpty()) {
      return Optional.empty();
    }
    String text = target.getFirst();
    return Optional.of(text.substring(text.lastIndexOf('/') + 1));
  }

  /** Opens a device for reading and writing and closes it again; answers 0 or {@code -errno}. */
  int tryOpen(String path) {
    int fd = kernel.open(path, FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0);
    if (fd >= 0) {
      kernel.close(fd);
    }
    return Math.min(fd, 0);
  }

  Syscalls kernel() {
    return kernel;
  }

  /**
   * The value of {@code key=value} on the kernel's command line; the last one counts, as it does
   * for the kernel.
   */
  Optional<String> commandLine(String key) {
    return text("/proc/cmdline")
        .flatMap(line ->
            Pattern.compile("\\s+")
                .splitAsStream(line)
                .filter(word -> word.startsWith(key + "="))
                .map(word -> word.substring(key.length() + 1))
                .reduce((first, second) -> second));
  }

  /** Whether the calling process has a capability in effect; empty if /proc does not tell. */
  Optional<Boolean> hasCapability(int number) {
    return field("/proc/self/status", "CapEff:")
        .flatMap(HostFiles::hex)
        .map(set -> ((set >>> number) & 1) == 1);
  }

  private static Optional<Long> hex(String text) {
    try {
      return Optional.of(Long.parseUnsignedLong(text, 16));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
