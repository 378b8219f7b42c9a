package io.holdfast.linux;

import io.holdfast.sys.Syscalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * The options a kernel was built with, as its {@code .config} has them. Immutable.
 *
 * @param source where they were read, for people
 * @param values by symbol with its {@code CONFIG_} prefix; what is not set is not in it
 */
public record KernelConfig(String source, Map<String, String> values) {
  private static final String PREFIX = "CONFIG_";

  /** A distribution's is about 300 KiB. */
  private static final int MOST_BYTES = 4 << 20;

  public KernelConfig {
    values = Map.copyOf(values);
  }

  /**
   * The running kernel's, from {@code /proc/config.gz} or {@code /boot/config-RELEASE}; empty if
   * neither can be read.
   */
  public static Optional<KernelConfig> running(Syscalls syscalls) {
    return compressed(syscalls, "/proc/config.gz")
        .or(() ->
            SmallFiles.readable(syscalls, "/proc/sys/kernel/osrelease")
                .flatMap(release -> plain(syscalls, "/boot/config-" + release)));
  }

  /** What a text file in the format of {@code .config} says; empty if it cannot be read. */
  public static Optional<KernelConfig> plain(Syscalls syscalls, String path) {
    return SmallFiles.bytes(syscalls, path, MOST_BYTES).map(bytes -> parse(path, bytes));
  }

  private static Optional<KernelConfig> compressed(Syscalls syscalls, String path) {
    return SmallFiles.bytes(syscalls, path, MOST_BYTES).flatMap(bytes -> inflate(path, bytes));
  }

  /** Options compressed by gzip, as in {@code /proc/config.gz}; empty if they are damaged. */
  static Optional<KernelConfig> inflate(String source, byte[] bytes) {
    try (GZIPInputStream text = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return Optional.of(parse(source, text.readNBytes(MOST_BYTES)));
    } catch (IOException damaged) {
      return Optional.empty();
    }
  }

  static KernelConfig parse(String source, byte[] text) {
    Map<String, String> values = new HashMap<>();
    for (String line : List.of(new String(text, StandardCharsets.UTF_8).split("\n", -1))) {
      int equals = line.indexOf('=');
      if (line.startsWith(PREFIX) && equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1).strip());
      }
    }
    return new KernelConfig(source, values);
  }

  /** Whether an option is built in or a module. */
  public boolean has(String symbol) {
    String value = values.get(symbol);
    return "y".equals(value) || "m".equals(value);
  }
}
