package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import java.util.Optional;
import java.util.regex.Pattern;

/** The running kernel's command line, {@code /proc/cmdline}. */
public final class KernelCommandLine {
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private KernelCommandLine() {}

  /** The value of {@code key=value}; the last one counts, as it does for the kernel. */
  public static Optional<String> value(Syscalls syscalls, String key) {
    return SmallFiles.readable(syscalls, "/proc/cmdline")
        .flatMap(line ->
            BLANKS
                .splitAsStream(line)
                .filter(word -> word.startsWith(key + "="))
                .map(word -> word.substring(key.length() + 1))
                .reduce((first, second) -> second));
  }
}
