package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The running kernel's command line, {@code /proc/cmdline}, and what any means. */
public final class KernelCommandLine {
  private static final Set<String> TRUE = Set.of("1", "y", "Y", "t", "T", "on", "On", "oN", "ON");

  /** What GRUB and systemd-boot put there. */
  private static final List<String> LOADERS = List.of("BOOT_IMAGE=", "initrd=");

  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private KernelCommandLine() {}

  /** The value of {@code key=value}; the last one counts, as it does for the kernel. */
  public static Optional<String> value(Syscalls syscalls, String key) {
    return SmallFiles.readable(syscalls, "/proc/cmdline").flatMap(line -> valueIn(line, key));
  }

  /** The value of {@code key=value} in a command line; the last one counts. */
  public static Optional<String> valueIn(String commandLine, String key) {
    return words(commandLine).stream()
        .filter(word -> word.startsWith(key + "="))
        .map(word -> word.substring(key.length() + 1))
        .reduce((first, second) -> second);
  }

  /** The words of a command line, without those that a boot loader adds for itself. */
  public static List<String> words(String commandLine) {
    return BLANKS
        .splitAsStream(commandLine.strip())
        .filter(word -> !word.isEmpty() && LOADERS.stream().noneMatch(word::startsWith))
        .toList();
  }

  /** Whether the kernel takes a value for true, as {@code kstrtobool} in lib/kstrtox.c does. */
  public static boolean isTrue(String value) {
    return TRUE.contains(value);
  }
}
