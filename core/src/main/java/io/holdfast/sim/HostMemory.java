package io.holdfast.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** What of this process's real memory is mapped, as {@code /proc/self/maps} tells. */
final class HostMemory {
  static final long PM_MMAP_EXCLUSIVE = 1L << 56;
  private static final long PM_SWAP = 1L << 62;
  static final long PM_PRESENT = 1L << 63;

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

  /**
   * What {@code /proc/self/pagemap} says of some pages: present or not, and whether mapped but
   * once. Memory that the host has swapped out is there for all that; so is all that is mapped,
   * where the file cannot be read.
   */
  static long[] pagemap(long firstPage, int count) {
    ByteBuffer entries = ByteBuffer.allocate(count * Long.BYTES).order(ByteOrder.nativeOrder());
    try (FileChannel pagemap = FileChannel.open(Path.of("/proc/self/pagemap"))) {
      long position = firstPage * Long.BYTES;
      while (entries.hasRemaining()) {
        int read = pagemap.read(entries, position + entries.position());
        if (read <= 0) {
          break; // Past the addresses of a process; what is left is zero.
        }
      }
    } catch (IOException e) {
      return mapped(firstPage, count);
    }
    long[] answer = new long[count];
    entries.clear().asLongBuffer().get(answer);
    for (int i = 0; i < count; i++) {
      if ((answer[i] & PM_SWAP) != 0) {
        answer[i] = PM_PRESENT | PM_MMAP_EXCLUSIVE;
      }
    }
    return answer;
  }

  private static long[] mapped(long firstPage, int count) {
    long[] answer = new long[count];
    for (int i = 0; i < count; i++) {
      long address = (firstPage + i) << PhysicalMemory.PAGE_SHIFT;
      answer[i] =
          isMapped(address, PhysicalMemory.PAGE_BYTES, false) ? PM_PRESENT | PM_MMAP_EXCLUSIVE : 0;
    }
    return answer;
  }
}
