package io.holdfast.vm;

import io.holdfast.DmaBuffer;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * What {@code /proc/self/pagemap} says of memory: a second opinion on physical addresses, not by
 * way of the iommufd.
 */
final class PageMap {
  private static final long PAGE_BYTES = 4096;
  private static final long FRAME_BITS = (1L << 55) - 1;
  private static final long PRESENT = 1L << 63;

  private PageMap() {}

  /** Compares the physical address of each page of a buffer; answers how many pages there were. */
  static long compare(DmaBuffer buffer) throws IOException {
    long pages = buffer.lengthBytes() / PAGE_BYTES;
    // A page is in the page table only after it was touched through it.
    for (long page = 0; page < pages; page++) {
      buffer.segment().get(ValueLayout.JAVA_BYTE, page * PAGE_BYTES);
    }
    ByteBuffer entries =
        ByteBuffer.allocate(Math.toIntExact(pages * Long.BYTES)).order(ByteOrder.nativeOrder());
    try (FileChannel map = FileChannel.open(Path.of("/proc/self/pagemap"))) {
      long offset = buffer.segment().address() / PAGE_BYTES * Long.BYTES;
      while (entries.hasRemaining() && map.read(entries, offset + entries.position()) > 0) {}
    }
    for (int page = 0; page < pages; page++) {
      long entry = entries.getLong(page * Long.BYTES);
      long address = (entry & FRAME_BITS) * PAGE_BYTES;
      long told = buffer.physicalAddress(page * PAGE_BYTES);
      Results.require(
          (entry & PRESENT) != 0 && address == told,
          "page %d of \"%s\" is at PA 0x%x, pagemap says 0x%x",
          page,
          buffer.name(),
          told,
          address);
    }
    return pages;
  }
}
