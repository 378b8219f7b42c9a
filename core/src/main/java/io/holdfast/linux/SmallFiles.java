package io.holdfast.linux;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
    KernelException.check(length, "read", path);
    return Optional.of(new String(bytes, 0, length, StandardCharsets.UTF_8).strip());
  }

  /** A file's text without surrounding white space. */
  public static String require(Syscalls syscalls, String path) {
    return read(syscalls, path).orElseThrow(() -> KernelException.of("open", -Errno.ENOENT, path));
  }

  /** Writes a text in one call. */
  public static void write(Syscalls syscalls, String path, String text) {
    int answer = syscalls.writeFile(path, text.getBytes(StandardCharsets.UTF_8));
    KernelException.check(answer, "write \"" + text.strip() + "\"", path);
  }

  /** The names in a folder, sorted; none if there is no such folder. */
  public static List<String> list(Syscalls syscalls, String path) {
    List<String> names = new ArrayList<>();
    int answer = syscalls.listFolder(path, names);
    if (answer == -Errno.ENOENT) {
      return List.of();
    }
    KernelException.check(answer, "list", path);
    return names.stream().sorted().toList();
  }

  /** The last part of a link's target; empty if there is no such link. */
  public static Optional<String> linkName(Syscalls syscalls, String path) {
    List<String> target = new ArrayList<>(1);
    int answer = syscalls.readLink(path, target);
    if (answer == -Errno.ENOENT) {
      return Optional.empty();
    }
    KernelException.check(answer, "readlink", path);
    String full = target.getFirst();
    return Optional.of(full.substring(full.lastIndexOf('/') + 1));
  }
}
