package io.holdfast.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What of this process's real memory is mapped, as {@code /proc/self/maps} tells. */
final class HostMemory {
  private HostMemory() {}

  /** Whether all of a range is mapped, readable, and writable if that is wanted. */
  static boolean isMapped(long address, long length, boolean write) {
    if (length <= 0 || address <= 0) {
      return false;
    }
    long at = address;
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      for (String line : (Iterable<String>) lines::iterator) {
        int dash = line.indexOf('-');
        int space = line.indexOf(' ');
        long start = Long.parseUnsignedLong(line, 0, dash, 16);
        long end = Long.parseUnsignedLong(line, dash + 1, space, 16);
        if (at >= start && at < end) {
          if (line.charAt(space + 1) != 'r' || (write && line.charAt(space + 2) != 'w')) {
            return false;
          }
          at = end;
          if (at >= address + length) {
            return true;
          }
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
