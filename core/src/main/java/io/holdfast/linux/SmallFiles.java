package io.holdfast.linux;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads and writes the small text files the kernel shows under /proc and /sys. Not more than 64 KiB
 * of one is read.
 */
public final class SmallFiles {
  private static final int MAX_BYTES = 64 * 1024;

  private SmallFiles() {}

  /** A file's text without surrounding white space; empty if there is no such file. */
  public static Optional<String> read(Syscalls syscalls, String path) {
    byte[] bytes = new byte[MAX_BYTES];
    int length = syscalls.readFile(path, bytes);
    if (length == -Errno.ENOENT) {
      return Optional.empty();
    }
    KernelErrors.check(length, "read", path);
    return Optional.of(new String(bytes, 0, length, StandardCharsets.UTF_8).strip());
  }

  /** A file's text without surrounding white space. */
  public static String require(Syscalls syscalls, String path) {
    return read(syscalls, path).orElseThrow(() -> KernelErrors.of("open", -Errno.ENOENT, path));
  }

  /** Writes a text in one call. */
  public static void write(Syscalls syscalls, String path, String text) {
    int answer = syscalls.writeFile(path, text.getBytes(StandardCharsets.UTF_8));
    KernelErrors.check(answer, "write \"" + text.strip() + "\"", path);
  }

  /** The names in a folder, sorted; none if there is no such folder. */
  public static List<String> list(Syscalls syscalls, String path) {
    List<String> names = new ArrayList<>();
    int answer = syscalls.listFolder(path, names);
    if (answer == -Errno.ENOENT) {
      return List.of();
    }
    KernelErrors.check(answer, "list", path);
    return names.stream().sorted().toList();
  }

  /** The last part of a link's target; empty if there is no such link. */
  public static Optional<String> linkName(Syscalls syscalls, String path) {
    List<String> target = new ArrayList<>(1);
    int answer = syscalls.readLink(path, target);
    if (answer == -Errno.ENOENT) {
      return Optional.empty();
    }
    KernelErrors.check(answer, "readlink", path);
    return Optional.of(lastPart(target.getFirst()));
  }

  /** A file's text without surrounding white space; empty if it cannot be read, for any reason. */
  public static Optional<String> readable(Syscalls syscalls, String path) {
    byte[] bytes = new byte[MAX_BYTES];
    int length = syscalls.readFile(path, bytes);
    return length < 0
        ? Optional.empty()
        : Optional.of(
            new String(bytes, 0, Math.min(length, bytes.length), StandardCharsets.UTF_8).strip());
  }

  /**
   * A file's content; empty if it cannot be read, for any reason, or is larger than {@code most}
   * bytes. Memory is taken as it turns out to be needed.
   */
  public static Optional<byte[]> bytes(Syscalls syscalls, String path, int most) {
    for (int size = MAX_BYTES; ; size = Math.min(most, size * 8)) {
      byte[] bytes = new byte[size + 1];
      int length = syscalls.readFile(path, bytes);
      if (length < 0 || length > most) {
        return Optional.empty();
      }
      if (length <= size) {
        return Optional.of(Arrays.copyOf(bytes, length));
      }
      if (size >= most) {
        return Optional.empty();
      }
    }
  }

  /**
   * The rest of the first line that starts with {@code label}, in a file such as {@code
   * /proc/self/status}; empty if there is none or the file cannot be read.
   */
  public static Optional<String> field(Syscalls syscalls, String path, String label) {
    return readable(syscalls, path)
        .flatMap(text -> text.lines().filter(line -> line.startsWith(label)).findFirst())
        .map(line -> line.substring(label.length()).strip());
  }

  /** The names in a directory, sorted; empty if it cannot be listed, for any reason. */
  public static Optional<List<String>> listable(Syscalls syscalls, String path) {
    List<String> names = new ArrayList<>();
    return syscalls.listFolder(path, names) < 0
        ? Optional.empty()
        : Optional.of(names.stream().sorted().toList());
  }

  /** As {@link #linkName}, but empty if the link cannot be read, for any reason. */
  public static Optional<String> readableLinkName(Syscalls syscalls, String path) {
    List<String> target = new ArrayList<>(1);
    return syscalls.readLink(path, target) < 0 || target.isEmpty()
        ? Optional.empty()
        : Optional.of(lastPart(target.getFirst()));
  }

  private static String lastPart(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
